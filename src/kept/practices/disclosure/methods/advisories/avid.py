"""An advisory as a report of the AI Vulnerability Database (AVID's data model, as its own library writes it)."""

from typing import Any, Final

from kept.practices.disclosure.records.advisories import Advisory, Link, Publisher

DATA_VERSION = "0.2"
_TAXONOMY = "0.2"
DOMAINS: Final = ("Security", "Ethics", "Performance")
VIEWS: Final = (
    "S0100: Software Vulnerability",
    "S0200: Supply Chain Compromise",
    "S0201: Model Compromise",
    "S0202: Software Compromise",
    "S0300: Over-permissive API",
    "S0301: Information Leak",
    "S0302: Excessive Queries",
    "S0400: Model Bypass",
    "S0401: Bad Features",
    "S0402: Insufficient Training Data",
    "S0403: Adversarial Example",
    "S0500: Exfiltration",
    "S0501: Model inversion",
    "S0502: Model theft",
    "S0600: Data Poisoning",
    "S0601: Ingest Poisoning",
    "E0100: Bias/ Discrimination",
    "E0101: Group fairness",
    "E0102: Individual fairness",
    "E0200: Explainability",
    "E0201: Global explanations",
    "E0202: Local explanations",
    "E0300: User actions",
    "E0301: Toxicity",
    "E0302: Polarization/ Exclusion",
    "E0400: Misinformation",
    "E0401: Deliberative Misinformation",
    "E0402: Generative Misinformation",
    "P0100: Data issues",
    "P0101: Data drift",
    "P0102: Concept drift",
    "P0103: Data entanglement",
    "P0104: Data quality issues",
    "P0105: Feedback loops",
    "P0200: Model issues",
    "P0201: Resilience/ Stability",
    "P0202: OOD generalization",
    "P0203: Scaling",
    "P0204: Accuracy",
    "P0300: Privacy",
    "P0301: Anonymization",
    "P0302: Randomization",
    "P0303: Encryption",
    "P0400: Safety",
    "P0401: Psychological Safety",
    "P0402: Physical safety",
    "P0403: Socioeconomic safety",
    "P0404: Environmental safety",
)
_LIFECYCLE = "L06: Deployment"


def avid(advisory: Advisory, publisher: Publisher, *, url: str) -> dict[str, Any]:
    """The AVID report of an advisory, as plain JSON values; `url` is where the advisory itself is found."""
    said = {"lang": {"en": "eng"}.get(advisory.language, advisory.language)}
    return {
        "data_type": "AVID",
        "data_version": DATA_VERSION,
        "metadata": {"report_id": advisory.id},
        "affects": {
            "developer": [publisher.name],
            "deployer": [publisher.name],
            "artifacts": [
                {"type": "Model", "name": f"{each.family} {each.version}"}
                for each in advisory.products
                if each.standing in ("affected", "under investigation")
            ],
        },
        "problemtype": {
            "classof": "CVE Entry" if advisory.cve else "LLM Evaluation",
            "type": "Advisory",
            "description": said | {"value": advisory.title},
        },
        "metrics": _metrics(advisory),
        "references": [
            {"type": "source", "label": link.label, "url": link.url}
            for link in (Link(advisory.title, url), *advisory.links)
        ],
        "description": said | {"value": f"{advisory.summary}\n\n{advisory.details}"},
        "impact": {
            "avid": {
                "risk_domain": list(advisory.domains),
                "sep_view": list(advisory.views),
                "lifecycle_view": [_LIFECYCLE],
                "taxonomy_version": _TAXONOMY,
            }
        },
        "credit": [said | {"value": name} for name in advisory.credits],
        "reported_date": advisory.received,
    }


def _metrics(advisory: Advisory) -> list[dict[str, Any]]:
    seen = advisory.reproduction
    if seen is None:
        return []
    results = {"n": seen.n, "successes": seen.successes, "lower_bound": seen.bound, "level": seen.level}
    method = {"type": "Static Threshold", "name": "replays fixed beforehand, exact lower bound"}
    return [{"name": "share of replays in which the weakness showed", "detection_method": method, "results": results}]
