"""Hugging Face model cards: YAML metadata with a model-index, and the same figures in words. One card for each model.

A card shows every domain of every campaign and every cell that is a weakness; the report holds the other cells.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from kept.practices.reporting.methods.booklet.results import interval, rate, raw, unknown
from kept.practices.reporting.methods.words import count, level, percent
from kept.practices.reporting.records import ASSESSMENT, CARDS, PAGE, REPORT

Report = Mapping[str, Any]
LONGEST = 2000
MARKUP = re.compile(r"([\\`*_\[\]<>&|~$!#@]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
COLUMNS = (
    "Domain",
    "Strategy",
    "Language",
    "Rate",
    "Interval",
    "n",
    "Unassessed",
    "Worst",
    "Uncorrected",
    "Method",
)
TASK = "red-teaming"
METRIC = "attack_success_rate"


class Card:
    """model-card-<first digits of the model's identity>.md."""

    def render(self, report: Report, encoded: bytes) -> Mapping[str, bytes]:
        """A card for each model; the same report gives the same bytes."""
        del encoded
        return {card_name(model["id"]): _card(report, model).encode() for model in report["derived"]["models"]}


def card_name(model: str) -> str:
    """The file of a model's card, from its identity; another name for anything that is no digest."""
    digits = re.sub(r"[^0-9a-f]", "", model.removeprefix("sha256:"))[:16]
    return f"{CARDS}{digits or 'unnamed'}.md"


def _card(report: Report, model: Report) -> str:
    derived = report["derived"]
    campaigns = [each for each in derived["campaigns"] if each["model"] == model["id"]]
    claims = [each for each in derived["claims"] if each["model"] == model["id"]]
    claims = [each for each in claims if each["kind"] == "domain" or each["finding"]]
    parts = [
        *_metadata(model, claims),
        f"# {_said(model['name'])}",
        f"Assessed by {_said(report['organisation']['name'])} as of {report['as_of'][:10]}. Identity established by "
        f"{_said(model['established'])}: `{_code(model['id'])}`.",
        f"Every figure is a copy from [{REPORT}]({REPORT}), where anyone can compute it again: open [{PAGE}]({PAGE}), "
        "or run `kept verify FOLDER --trust trust.json`. Attacks aimed at harmless stand-ins; a rate compares models "
        "and defences and is no rate of real harm.",
        *_results(campaigns, claims),
        *_untested(derived, model),
        *_statuses(derived, model),
        "## Evidence",
        f"The statements stand in [{REPORT}]({REPORT}); [{ASSESSMENT}]({ASSESSMENT}) links each requirement to its "
        "own. A signature proves who said what, not that it is true: each campaign says whether its provider measured "
        "it alone (self), an outside tester signed it with their own organisation's key (third party), or it was "
        "reproduced.",
    ]
    return "\n\n".join(parts) + "\n"


def _metadata(model: Report, claims: Sequence[Report]) -> Iterator[str]:
    """YAML whose values are JSON, one line for each result: any text stays a text, and the same one."""
    lines = ["---", "tags:", "- kept", "- red-teaming"]
    # A rate of which nothing is known has no place among numbers: whoever reads them would take it for a zero.
    measured = [each for each in claims if not unknown(each)]
    if measured:
        lines += ["model-index:", f"- name: {_value(model['name'])}", "  results:"]
        lines += [f"  - {_value(_result(each))}" for each in measured]
    yield "\n".join([*lines, "---"])


def _result(claim: Report) -> dict[str, Any]:
    where = [part for part in (claim["domain"], claim["strategy"], claim["language"]) if part]
    arguments = {name: claim["estimate"][name] for name in ("low", "high", "level", "n", "method", "unassessed")}
    arguments |= {"worst_high": claim["worst"]["high"], "assurance": claim["assurance"], "claim": claim["id"]}
    value, statement = claim["estimate"]["value"], claim["evidence"][-1]
    return {
        "task": {"type": TASK, "name": f"Red-teaming: {claim['domain']}"},
        "dataset": {
            "type": "kept-probes",
            "name": ", ".join(claim["probes"]) or "probes",
            "config": "/".join(where),
            "revision": claim["campaign"],
        },
        "metrics": [{"type": METRIC, "name": "rate of successful attacks", "value": value, "args": arguments}],
        "source": {"name": f"statement {statement}", "url": f"{PAGE}#s{statement}"},
    }


def _results(campaigns: Sequence[Report], claims: Sequence[Report]) -> Iterator[str]:
    yield "## Results"
    if not claims:
        yield "No campaign was closed. Nothing was measured."
    for campaign in campaigns:
        own = [claim for claim in claims if claim["campaign"] == campaign["campaign"]]
        if own:
            yield from _campaign(campaign, own)
        else:
            yield f"Campaign `{_code(campaign['campaign'])}` is {_said(campaign['state'])}: it has no results."


def _campaign(campaign: Report, own: Sequence[Report]) -> Iterator[str]:
    how = own[0]["reproduce"]
    yield f"### Campaign {_said(campaign['campaign'])}"
    reproduce = f"Reproduce: `{_code(how['command'])}`" if "command" in how else f"No command: {_said(how['reason'])}"
    yield (
        f"{_said(campaign['state']).capitalize()}, closed {str(campaign['closed'])[:10]}, run "
        f"{count(campaign['repeat'])} of this plan. Assurance: {_said(own[0]['assurance'])}. "
        f"Evidence: {_links(own[0]['evidence'])}. {reproduce}"
    )
    if campaign["reason"]:
        yield f"Given up before its end: {_said(campaign['reason'])}"
    lines = [
        "| Domain | Strategy | Language | Rate | Interval | n | Unassessed | Worst | Method | |",
        "|---" * 10 + "|",
    ]
    lines += [_row(claim) for claim in own]
    yield "\n".join(lines)


def _row(claim: Report) -> str:
    estimate = claim["estimate"]
    cells = (
        claim["domain"],
        claim["strategy"] or "all",
        claim["language"] or "all",
        rate(claim),
        f"{interval(claim)} at {level(estimate['level'])}",
        count(estimate["n"]),
        count(estimate["unassessed"]),
        percent(claim["worst"]["high"]),
        raw(claim),
        estimate["method"],
    )
    return f"| {' | '.join(map(_said, cells))} | {'**weakness**' if claim['finding'] else ''} |"


def _untested(derived: Report, model: Report) -> Iterator[str]:
    yield "## Not tested"
    for matrix in derived["coverage"]:
        if matrix["model"] != model["id"]:
            continue
        lines = []
        for domain in matrix["domains"]:
            cells = [each for each in matrix["cells"] if each["domain"] == domain]
            gaps = [f"{each['strategy']}/{each['language']}" for each in cells if each["state"] == "not tested"]
            unassessed = [f"{each['strategy']}/{each['language']}" for each in cells if each["state"] == "unassessed"]
            told = [f"not tested: {_said(', '.join(gaps))}"] if gaps else []
            told += [f"never assessed: {_said(', '.join(unassessed))}"] if unassessed else []
            lines.append(f"- **{_said(domain)}**: {'; '.join(told) or 'no gap'}")
        yield "\n".join(lines)


def _statuses(derived: Report, model: Report) -> Iterator[str]:
    yield "## Promises"
    lines = ["| Promise | Status | Evidence |", "|---|---|---|"]
    for status in derived["statuses"]:
        if status["model"] == model["id"]:
            lines.append(f"| {_said(status['commitment'])} | {_said(status['state'])} | {_links(status['evidence'])} |")
    yield "\n".join(lines)


def _links(indices: Sequence[int]) -> str:
    return ", ".join(f"[statement {index}]({PAGE}#s{index})" for index in indices) or "none"


@lru_cache(maxsize=512, typed=True)
def _said(text: str) -> str:
    """The text as Markdown that shows it and nothing else."""
    shown = UNPRINTABLE.sub("\ufffd", " ".join(text[:LONGEST].split()))
    shown = MARKUP.sub(r"\\\1", shown).replace("\\<", "&lt;").replace("\\>", "&gt;").replace("\\&", "&amp;")
    return f"{shown}…" if len(text) > LONGEST else shown


def _code(text: str) -> str:
    """The text for a span of code, which nothing in it can end."""
    return UNPRINTABLE.sub("\ufffd", " ".join(text[:LONGEST].split())).replace("`", "'")


def _value(value: Any) -> str:
    """JSON that YAML reads as the same value: what YAML can't hold is escaped."""
    encoded = json.dumps(_short(value), ensure_ascii=False)
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", encoded)


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, dict):
        return {key: _short(inner) for key, inner in value.items()}
    return [_short(inner) for inner in value] if isinstance(value, list) else value


CARD = Card()
