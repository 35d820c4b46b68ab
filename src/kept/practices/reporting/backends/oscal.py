"""A report as OSCAL 1.2.1 assessment-results (NIST, https://pages.nist.gov/OSCAL): one result for each model.

A claim is an observation, a requirement's reading is a finding on the objective of the catalog beside it, and both
link to the statements that they rest on. Identifiers are UUIDv5 of names and digests, so that the same report always
gives the same bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from kept.core import canonical
from kept.core.commitments.oscal import NAMESPACE, OSCAL_VERSION
from kept.practices.reporting.methods.booklet.results import raw, unknown
from kept.practices.reporting.methods.listing import Listed, listing
from kept.practices.reporting.records import ASSESSMENT, CATALOG, REPORT

Report = Mapping[str, Any]
Json = dict[str, Any]
LONGEST = 2000
_ROOT = UUID("3f0a1d52-6a1c-5e0b-8e1b-0c9e64b7a2d7")


class Oscal:
    """assessment-results.json."""

    def render(self, report: Report, encoded: bytes) -> Mapping[str, bytes]:
        """The document; the same report gives the same bytes."""
        del encoded
        return {ASSESSMENT: canonical.encode({"assessment-results": _Assessment(report).document()})}


class _Assessment:
    """What one report comes to; every identifier also depends on the log and its size, so that none comes twice."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.derived: Report = report["derived"]
        self.listed = tuple(listing(report))
        self.name = f"{report['log']['origin']}/{report['log']['size']}/{report['as_of']}"

    def document(self) -> Json:
        models = self.derived["models"] or [{"id": "", "name": "no model", "established": "unknown", "evidence": ""}]
        return {
            "uuid": self.uuid("document"),
            "metadata": {
                "title": _line(f"{self.report['organisation']['name']}: public AI commitments, assessed"),
                "last-modified": self.report["as_of"],
                "version": str(self.report["log"]["size"]),
                "oscal-version": OSCAL_VERSION,
                "props": _props({"generator": self.report["generator"], "log": self.report["log"]["origin"]}),
                "parties": [self.party()],
                "remarks": f"Made from {REPORT}, whose figures are what a verifier computes again. Where they differ, "
                "those count.",
            },
            "import-ap": {"href": f"#{self.uuid('plan')}"},
            "results": [self.result(model) for model in models],
            "back-matter": {"resources": [self.plan(), *map(self.resource, self.listed)]},
        }

    def party(self) -> Json:
        return {
            "uuid": self.uuid("organisation"),
            "type": "organization",
            "name": _line(self.report["organisation"]["name"]),
        }

    def plan(self) -> Json:
        return {
            "uuid": self.uuid("plan"),
            "title": "Campaign plans",
            "description": "Each campaign's plan is a signed statement that stands in the log before the first "
            "attempt. The objectives are those of the catalog.",
            "rlinks": [{"href": REPORT, "media-type": "application/json"}, {"href": CATALOG}],
        }

    def resource(self, each: Listed) -> Json:
        return {
            "uuid": self.uuid(f"statement/{each.index}"),
            "title": f"Statement {each.index}: {_line(each.kind)}",
            "props": _props(
                {
                    "index": str(each.index),
                    "predicate-type": each.predicate,
                    "salted-digest": f"sha256:{each.digest}",
                    "state": each.state,
                }
            ),
            "rlinks": [{"href": f"{REPORT}#/statements/{each.index}", "media-type": "application/json"}],
        }

    def result(self, model: Report) -> Json:
        claims = [each for each in self.derived["claims"] if each["model"] == model["id"]]
        statuses = [each for each in self.derived["statuses"] if each["model"] == model["id"]]
        opened = [
            each["opened"] for each in self.derived["campaigns"] if each["model"] == model["id"] and each["opened"]
        ]
        cited = {index for status in statuses for finding in status["findings"] for index in _cited(finding)}
        observations = [
            *(self.claim(each) for each in claims),
            *(self.examined(index, model) for index in sorted(cited)),
        ]
        found: Json = {
            "uuid": self.uuid(f"result/{model['id']}"),
            "title": _line(model["name"]),
            "description": "What the statements of the log show of each promise, by the published rules.",
            "start": min(opened, default=self.report["as_of"]),
            "end": self.report["as_of"],
            "local-definitions": {"components": [self.component(model)]},
            "reviewed-controls": {
                "control-selections": [
                    {"include-controls": [{"control-id": name} for name in dict.fromkeys(_commitments(statuses))]}
                ]
            },
        }
        findings = [finding for status in statuses for finding in self.findings(status, claims)]
        return found | {name: held for name, held in (("observations", observations), ("findings", findings)) if held}

    def component(self, model: Report) -> Json:
        identity = {"id": model["id"], "established": model["established"], "evidence": model["evidence"]}
        return {
            "uuid": self.uuid(f"model/{model['id']}"),
            "type": "software",
            "title": _line(model["name"]),
            "description": f"The AI system assessed; its identity was established by {_line(model['established'])}.",
            "props": _props(identity),
            "status": {"state": "operational"},
        }

    def claim(self, each: Report) -> Json:
        estimate = each["estimate"]
        value = unknown(each) or f"{estimate['value']:.6g}"
        where = ", ".join(part for part in (each["domain"], each["strategy"], each["language"]) if part)
        return {
            "uuid": self.uuid(f"claim/{each['id']}"),
            "title": _line(f"Rate of successful attacks: {where}"),
            "description": f"{value}, interval [{estimate['low']:.6g}, {estimate['high']:.6g}] at "
            f"level {estimate['level']:g}, n = {estimate['n']}, {estimate['unassessed']} unassessed, by "
            f"{_line(estimate['method'])}; with every unassessed attempt counted as a success, at most "
            f"{each['worst']['high']:.6g}.",
            "props": _props(_figures(each)),
            "methods": ["TEST"],
            "types": ["finding" if each["finding"] else "control-objective"],
            "subjects": [{"subject-uuid": self.uuid(f"model/{each['model']}"), "type": "component"}],
            "relevant-evidence": [self.evidence(index) for index in each["evidence"]],
            "collected": each["verified"],
        }

    def examined(self, index: int, model: Report) -> Json:
        listed = self.listed[index]
        return {
            "uuid": self.uuid(f"examined/{index}/{model['id']}"),
            "title": f"Statement {index}: {_line(listed.kind)}",
            "description": f"A {_line(listed.kind)}, {listed.state}, in the log at index {index}.",
            "methods": ["EXAMINE"],
            "types": ["control-objective"],
            "relevant-evidence": [self.evidence(index)],
            "collected": self.report["as_of"],
        }

    def evidence(self, index: int) -> Json:
        return {"href": f"#{self.uuid(f'statement/{index}')}", "description": f"Statement {index} of the log."}

    def findings(self, status: Report, claims: Sequence[Report]) -> Iterator[Json]:
        for each in status["findings"]:
            cited = _cited(each)
            related = [self.uuid(f"examined/{index}/{status['model']}") for index in cited]
            related += [
                self.uuid(f"claim/{claim['id']}")
                for claim in claims
                if claim["kind"] == "domain" and not cited.isdisjoint(claim["evidence"])
            ]
            met = each["reading"] == "met"
            finding: Json = {
                "uuid": self.uuid(f"finding/{status['model']}/{each['requirement']}"),
                "title": f"{each['requirement']} is {each['reading']}",
                "description": _line(each["why"]),
                "props": _props({"status": status["state"], "reading": each["reading"]}),
                "target": {
                    "type": "objective-id",
                    "target-id": f"{each['requirement']}_obj",
                    "status": {"state": "satisfied" if met else "not-satisfied", "reason": "pass" if met else "fail"},
                },
            }
            if related:
                finding["related-observations"] = [{"observation-uuid": uuid} for uuid in related]
            yield finding

    def uuid(self, name: str) -> str:
        return str(uuid5(_ROOT, f"{self.name}/{name}"))


def _cited(finding: Report) -> frozenset[int]:
    return frozenset((*finding["evidence"], *finding["against"]))


def _commitments(statuses: Sequence[Report]) -> Iterator[str]:
    return (status["commitment"] for status in statuses)


def _figures(claim: Report) -> dict[str, str]:
    estimate = claim["estimate"]
    numbers = {name: repr(estimate[name]) for name in ("value", "low", "high", "level", "n", "unassessed")}
    how = claim["reproduce"]
    return {
        "claim": claim["id"],
        "campaign": claim["campaign"],
        **numbers,
        "method": estimate["method"],
        "worst-high": repr(claim["worst"]["high"]),
        **({"before-correction": raw(claim)} if claim["raw"] else {}),
        "succeeded": str(claim["succeeded"]),
        "assurance": claim["assurance"],
        "reproduce": how.get("command") or f"no command: {how.get('reason', '')}",
    }


def _props(values: Mapping[str, str]) -> list[Json]:
    return [{"name": name, "ns": NAMESPACE, "value": _line(value)} for name, value in values.items()]


@lru_cache(maxsize=512, typed=True)
def _line(text: str) -> str:
    """One line without space at its ends, as OSCAL's strings are; "none" where nothing is left."""
    shown = " ".join(str(text)[:LONGEST].split())
    return shown or "none"


OSCAL = Oscal()
