"""Every readable statement of a published type that no other part of the report shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from kept.core.commitments.facts import PREDICATES
from kept.practices.reporting.records import Known
from kept.predicates.access_summary import AccessSummary
from kept.predicates.disclosure_advisory import DisclosureAdvisory
from kept.predicates.disclosure_programme import DisclosureProgramme
from kept.predicates.disclosure_report import DisclosureReport
from kept.predicates.insider_alarm import InsiderAlarm
from kept.predicates.marking_policy import MarkingPolicy
from kept.predicates.marking_summary import MarkingSummary
from kept.predicates.predicate import Predicate
from kept.predicates.provenance_tool import ProvenanceTool
from kept.predicates.report_diff import ReportDiff
from kept.predicates.weights_approval import WeightsApproval
from kept.predicates.weights_export import WeightsExport
from kept.predicates.weights_lease import WeightsLease

SHOWN = frozenset(
    PREDICATES + name + "/v1"
    for name in (
        "approval",
        "campaign-plan",
        "campaign-result",
        "comparison",
        "dispute",
        "dispute-answer",
        "erasure",
        "gate-decision",
        "gate-override",
        "gate-veto",
        "key-event",
        "mapping-confirmation",
        "preregistration",
        "publication",
        "release",
        "release-report",
        "scope-decision",
        "supersession",
        "withholding",
        "written-part",
    )
)

# What nothing else reads, and the page shows in parts.
READ: Mapping[str, type[Predicate]] = {
    kind.of_type: kind
    for kind in (
        AccessSummary,
        DisclosureAdvisory,
        DisclosureProgramme,
        DisclosureReport,
        InsiderAlarm,
        MarkingPolicy,
        MarkingSummary,
        ProvenanceTool,
        ReportDiff,
        WeightsApproval,
        WeightsExport,
        WeightsLease,
    )
}


def remaining(known: Sequence[Known]) -> list[dict[str, Any]]:
    """What each of them says, in the log's order, and who stands behind it.

    Raises Invalid for a malformed one of those that nothing else reads.
    """
    for each in known:
        if each.predicate in READ and each.fields is not None:
            READ[each.predicate].parse(each.statement())
    return [
        {
            "index": each.index,
            "kind": each.predicate.removeprefix(PREDICATES).removesuffix("/v1"),
            "model": each.model,
            "actors": list(each.actors),
            "assurance": "self" if "provider" in each.roles else "third party",
            "issued": _text(each.fields.get("issued")),
            "fields": dict(each.fields),
        }
        for each in known
        if each.fields is not None and each.predicate.startswith(PREDICATES) and each.predicate not in SHOWN
    ]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
