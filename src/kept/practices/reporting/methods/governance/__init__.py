"""What a report says beyond campaigns: what was released, written, confirmed, withheld, disputed and decided."""

from collections.abc import Mapping, Sequence
from typing import Any

from kept.core.commitments.rule import Status
from kept.practices.reporting.methods.campaigns import Campaign
from kept.practices.reporting.methods.governance.answers import answers
from kept.practices.reporting.methods.governance.approvals import approvals
from kept.practices.reporting.methods.governance.disputes import disputes
from kept.practices.reporting.methods.governance.gates import Document, StatusesAt, gates
from kept.practices.reporting.methods.governance.register import register
from kept.practices.reporting.methods.governance.remaining import remaining
from kept.practices.reporting.methods.governance.sections import Reported, current, reports, sections
from kept.practices.reporting.methods.governance.withheld import withheld
from kept.practices.reporting.records import Known

__all__ = ["Reported", "govern", "reports"]


def govern(
    known: Sequence[Known],
    campaigns: Sequence[Campaign],
    statuses: Sequence[Status],
    reported: Sequence[Reported],
    *,
    models: Sequence[str],
    shown: Sequence[Document],
    claims: Sequence[Document],
    comparisons: Sequence[Document],
    statuses_at: StatusesAt,
    as_of: str,
) -> Mapping[str, Any]:
    """The parts of `derived` that this package makes, by name. Raises Invalid or Unverified for contradictions.

    `shown`, `claims` and `comparisons` are those parts of `derived` on campaigns; `statuses_at` gives the statuses of a
    model as the log stood.
    """
    standing, given = current(known, reported), approvals(known)
    return {
        "register": register(known, campaigns, statuses, standing, as_of=as_of),
        "sections": sections(known, models, standing),
        "withheld": withheld(known, given, as_of=as_of),
        "disputes": disputes(known, frozenset(each["id"] for each in claims)),
        "answers": answers(known),
        "gates": gates(known, given, campaigns=shown, claims=claims, comparisons=comparisons, statuses_at=statuses_at),
        "records": remaining(known),
    }
