"""Every campaign that was opened, and what its outcome records come to, recomputed."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kept.core import canonical
from kept.errors import Invalid, Unverified
from kept.practices.reporting.records import Known
from kept.predicates import campaign_plan, campaign_result, judge_calibration, outcomes
from kept.predicates.campaign_plan import CampaignPlan
from kept.predicates.campaign_result import CampaignResult
from kept.predicates.correction import RecordedCalibration, is_unread
from kept.predicates.judge_calibration import JudgeCalibration
from kept.predicates.outcomes import Derived


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign as the log tells it; `plan` is None where the plan was erased or is void."""

    id: str
    model: str
    index: int
    plan: CampaignPlan | None
    repeat: int
    result_index: int | None = None
    result: CampaignResult | None = None
    third_party: bool = False
    actors: frozenset[str] = frozenset()
    domains: tuple[Derived, ...] = ()
    cells: tuple[Derived, ...] = ()
    probes: Mapping[tuple[str, str, str], tuple[str, ...]] | None = None
    void: bool = False

    @property
    def state(self) -> str:
        """open, completed, abandoned, erased or void."""
        if self.plan is None:
            return "void" if self.void else "erased"
        return self.result.state if self.result else "open"

    @property
    def sameness(self) -> tuple[str, bytes]:
        """What two campaigns share when one repeats the other: the model, and the plan but for seed and budget."""
        if self.plan is None:
            return self.id, b""
        shared = self.plan.plan.model_dump(mode="json", exclude={"seed", "budget"})
        return self.model, canonical.encode(shared)

    def is_finding(self, cell: Derived) -> bool:
        """Whether it is no control, and the judge's errors, stated or calibrated, can't explain the successes.

        Where the calibration was erased since, nobody can tell any more, and what was stated is repeated.
        """
        if self.plan is not None and self.result is not None and is_unread(cell):
            names = (cell.domain, cell.strategy, cell.language)
            stated = [one for one in self.result.cells if (one.domain, one.strategy, one.language) == names]
            return any(one.finding for one in stated)
        return not outcomes.is_control(cell.strategy) and self._stands_out(cell)

    def is_false_alarm(self, cell: Derived) -> bool:
        """Whether the cell is a control with successes that should not be there."""
        return outcomes.is_control(cell.strategy) and self._stands_out(cell)

    def _stands_out(self, cell: Derived) -> bool:
        if self.plan is None:
            return False
        return outcomes.is_finding(
            cell.succeeded,
            self.plan.opportunities(cell.estimate.n),
            bound=outcomes.judge_bound(cell, self.plan),
            alpha=self.plan.judge.alpha,
            cells=self.plan.cells,
        )

    def chance(self, cell: Derived) -> float:
        """The probability of as many successes as the cell's, if the judge's errors were all there is."""
        if self.plan is None:
            return 1.0
        tried = self.plan.opportunities(cell.estimate.n)
        return outcomes.chance(cell.succeeded, tried, outcomes.judge_bound(cell, self.plan))


def calibrations(known: Iterable[Known]) -> tuple[tuple[str, RecordedCalibration], ...]:
    """Every judge calibration in the log with the model that its entry names. Raises Invalid for a malformed one."""
    found = []
    for each in known:
        if each.predicate == judge_calibration.TYPE:
            held = JudgeCalibration.parse(each.statement()) if each.fields is not None else None
            found.append((each.model, RecordedCalibration(each.index, held)))
    return tuple(found)


def gather(known: Iterable[Known]) -> tuple[Campaign, ...]:
    """One campaign for every plan in the log, in its order, with its result where there is one.

    Where the plan can't be read, its result shows that there was one, and counts for nothing. Raises Unverified for
    a result without its plan, or a second one, and Invalid for a malformed statement.
    """
    found: dict[str, Campaign] = {}
    seen: dict[tuple[str, bytes], int] = {}
    for each in known:
        if each.predicate == campaign_plan.TYPE:
            campaign = _opened(each)
            if campaign.id in found:
                raise Unverified(f"Index {each.index} opens the campaign {campaign.id} again.", code="report.campaign")
            repeat = seen[campaign.sameness] = seen.get(campaign.sameness, 0) + 1
            found[campaign.id] = replace(campaign, repeat=repeat)
        elif each.predicate == campaign_result.TYPE and each.fields is not None:
            result = CampaignResult.parse(each.statement())
            unread = found.get(_unread(result.plan))
            if unread is not None and unread.model == each.model:
                found[unread.id] = replace(unread, result_index=each.index)
            else:
                found[result.campaign] = _closed(found.get(result.campaign), result, each)
    return tuple(found.values())


def check_readable(campaigns: Iterable[Campaign], held: Mapping[str, bytes]) -> None:
    """Every closed campaign has its outcome file, and no other file is there. Raises Unverified or Invalid."""
    closed = {campaign.id for campaign in campaigns if campaign.result is not None}
    for campaign in sorted(closed ^ set(held)):
        if campaign in closed:
            raise Unverified(f"The outcomes of the campaign {campaign} are missing.", code="report.outcomes")
        raise Invalid(f"There are outcomes of {campaign[:60]!r}, which is no closed campaign.", code="report.outcomes")


def _opened(each: Known) -> Campaign:
    if each.fields is None:
        return Campaign(_unread(each.index), each.model, each.index, None, 1, void=each.void)
    plan = CampaignPlan.parse(each.statement())
    if _identity(plan.model) != each.model:
        raise Unverified(
            f"The plan at index {each.index} describes another model than its entry names.", code="report.model"
        )
    for of in ("attacker", "judge"):
        if _identity(getattr(plan.parties, of)) != getattr(plan.plan.parties, of):
            raise Unverified(
                f"The plan at index {each.index} describes another {of} than it names.", code="report.model"
            )
    return Campaign(plan.campaign, each.model, each.index, plan, 1)


def _identity(document: Mapping[str, Any] | None) -> str | None:
    """ "sha256:<hex>" of an identity document."""
    return None if document is None else "sha256:" + hashlib.sha256(canonical.encode(document)).hexdigest()


def _unread(index: int) -> str:
    """The id of a campaign whose plan, at this index, can't be read."""
    return f"entry-{index}"


def _closed(campaign: Campaign | None, result: CampaignResult, each: Known) -> Campaign:
    if campaign is None or campaign.index != result.plan or not campaign.model == each.model == result.model:
        raise Unverified(
            f"The result at index {each.index} is not of a plan recorded before it for the same model.",
            code="report.campaign",
        )
    if campaign.result is not None:
        raise Unverified(f"The campaign {campaign.id} has a second result at {each.index}.", code="report.campaign")
    third_party = "provider" not in each.roles
    return replace(
        campaign,
        result_index=each.index,
        result=result,
        third_party=third_party,
        actors=frozenset(each.actors),
    )
