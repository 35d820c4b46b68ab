"""What a report says beyond campaigns: what was released, written, confirmed, withheld, disputed and decided."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kept.core.commitments.rule import Status
from kept.practices.reporting.methods.campaigns import Campaign
from kept.practices.reporting.methods.governance.answers import answers
from kept.practices.reporting.methods.governance.approvals import approvals
from kept.practices.reporting.methods.governance.disputes import disputes
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
    claims: Collection[str],
    as_of: str,
) -> Mapping[str, Any]:
    """The parts of `derived` that this package makes, by name. Raises Invalid or Unverified for contradictions."""
    standing = current(known, reported)
    return {
        "register": register(known, campaigns, statuses, standing, as_of=as_of),
        "sections": sections(known, models, standing),
        "withheld": withheld(known, approvals(known), as_of=as_of),
        "disputes": disputes(known, claims),
        "answers": answers(known),
        "records": remaining(known),
    }
