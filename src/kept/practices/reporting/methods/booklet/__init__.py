"""A report as a document that is read from the first page to the last: the order, the words and the figures."""

from collections.abc import Mapping
from typing import Any

from kept.practices.reporting.methods.blocks import Document, Section
from kept.practices.reporting.methods.booklet import (
    checking,
    governance,
    objections,
    promises,
    releases,
    results,
    sharing,
    weaknesses,
)
from kept.practices.reporting.methods.words import count


def booklet(report: Mapping[str, Any]) -> Document:
    """The document that a verified report makes; figures are written as the page writes them."""
    derived = report["derived"]
    names = {model["id"]: model["name"] for model in derived["models"]}
    organisation = report["organisation"]["name"]
    parts = {
        "At a glance": promises.glance(report, names),
        "What was promised": promises.promises(report),
        "The status of each promise": promises.statuses(report, names),
        "Results": results.results(derived, names),
        "Weaknesses that were found": results.findings(derived, names),
        "Release against release": releases.comparisons(derived, names),
        "What was not tested": results.untested(derived, names),
        "Releases": governance.releases(derived, names),
        "Gate decisions": objections.gates(derived, names),
        "Written parts": governance.written(derived, names),
        "Outsiders and studies": governance.studies(derived, names),
        "What strangers reported": weaknesses.weaknesses(derived, names),
        "What was shared with others": sharing.sharing(derived, names),
        "Disputes": objections.disputes(derived),
        "What is withheld": objections.withheld(derived),
        "Questions asked of providers": objections.answers(derived, names),
        "Every campaign that was opened": results.campaigns(derived, names),
        "How to check this report": checking.checking(report),
        "Statements": checking.statements(report),
    }
    return Document(
        title=f"{organisation}: what was promised, and what the evidence shows",
        organisation=organisation,
        as_of=report["as_of"],
        generator=report["generator"],
        facts=(
            ("As of", report["as_of"].replace("T", " ").replace("Z", " UTC")),
            ("Claims measured", count(len(derived["claims"]))),
            ("Campaigns", count(len(derived["campaigns"]))),
            ("Signed statements", count(len(report["statements"]))),
            ("Log", report["log"]["origin"]),
            ("Made by", report["generator"]),
        ),
        sections=tuple(Section(title, tuple(blocks)) for title, blocks in parts.items()),
        statements=len(report["statements"]),
    )
