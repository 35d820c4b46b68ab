"""Every campaign that was opened, and what its outcome records come to, recomputed."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kept.core import canonical
from kept.core.estimate import Estimate
from kept.errors import Invalid, Unverified
from kept.practices.reporting.records import Known
from kept.predicates import campaign_plan, campaign_result, outcomes
from kept.predicates.campaign_plan import CampaignPlan
from kept.predicates.campaign_result import CampaignResult, DomainFigures
from kept.predicates.outcomes import Derived, OutcomeRecord

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign as the log tells it; `plan` is None where the plan's body was erased."""

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

    @property
    def state(self) -> str:
        """open, completed, abandoned or erased."""
        if self.plan is None:
            return "erased"
        return self.result.state if self.result else "open"

    @property
    def sameness(self) -> tuple[str, bytes]:
        """What two campaigns share when one repeats the other: the model, and the plan but for seed and budget."""
        if self.plan is None:
            return self.id, b""
        shared = self.plan.plan.model_dump(mode="json", exclude={"seed", "budget"})
        return self.model, canonical.encode(shared)

    def is_finding(self, cell: Derived) -> bool:
        """Whether the judge's stated errors can't explain the cell's successes."""
        if self.plan is None:
            return False
        judge = self.plan.judge
        return outcomes.is_finding(
            cell.succeeded,
            cell.estimate.n,
            bound=judge.false_positive_bound,
            alpha=judge.alpha,
            cells=self.plan.cells,
        )

    def chance(self, cell: Derived) -> float:
        """The probability of as many successes as the cell's, if the judge's stated errors were all there is."""
        bound = self.plan.judge.false_positive_bound if self.plan else 1.0
        return outcomes.chance(cell.succeeded, cell.estimate.n, bound)


def gather(known: Iterable[Known]) -> tuple[Campaign, ...]:
    """One campaign for every plan in the log, in its order, with its result where there is one.

    Raises Unverified for a result without its plan, or a second one, and Invalid for a malformed statement.
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
            found[result.campaign] = _closed(found.get(result.campaign), result, each)
    return tuple(found.values())


def recompute(campaign: Campaign, data: bytes) -> Campaign:
    """The campaign with its figures recomputed from its outcome file.

    Raises Unverified where the file, or a figure of the signed result, is not what the other says.
    """
    result, plan = campaign.result, campaign.plan
    if result is None or plan is None:
        raise Unverified(f"The campaign {campaign.id} is not closed but has outcomes.", code="report.outcomes")
    if hashlib.sha256(data).hexdigest() != result.outcomes.sha256:
        raise _wrong(campaign, "the outcome file is not the one that the result commits to")
    records = outcomes.parse(data)
    _compare_counts(campaign, result, records)
    probes: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for record in records:
        probes[record.key[:3]] = (*probes.get(record.key[:3], ()), record.probe)
    computed = replace(
        campaign,
        domains=tuple(outcomes.by_domain(records, level=plan.plan.level)),
        cells=tuple(outcomes.by_cell(records, level=plan.plan.level)),
        probes=probes,
    )
    _compare(computed, result.domains, computed.domains)
    _compare(computed, result.cells, computed.cells)
    _compare_findings(computed, result)
    _compare_coverage(computed, result)
    return computed


def _opened(each: Known) -> Campaign:
    if each.fields is None:
        return Campaign(f"entry-{each.index}", each.model, each.index, None, 1)
    plan = CampaignPlan.parse(each.statement())
    identity = "sha256:" + hashlib.sha256(canonical.encode(plan.model)).hexdigest()
    if identity != each.model:
        raise Unverified(
            f"The plan at index {each.index} describes another model than its entry names.", code="report.model"
        )
    return Campaign(plan.campaign, each.model, each.index, plan, 1)


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


def _compare_counts(campaign: Campaign, result: CampaignResult, records: Sequence[OutcomeRecord]) -> None:
    counts = len(records), sum(record.attempts for record in records)
    if counts != (result.outcomes.records, result.outcomes.attempts):
        raise _wrong(campaign, "the numbers of records and attempts in the result are not those of the outcome file")


def _compare(campaign: Campaign, stated: Sequence[DomainFigures], computed: Sequence[Derived]) -> None:
    if len(stated) != len(computed):
        raise _wrong(campaign, f"the result states {len(stated)} figures; the outcomes give {len(computed)}")
    by_name = {_names(figures): figures for figures in stated}
    for cell in computed:
        names = (cell.domain, cell.strategy, cell.language)
        figures = by_name.get(names)
        where = "/".join(part for part in names if part)
        if figures is None:
            raise _wrong(campaign, f"the result leaves out {where}")
        if figures.succeeded != cell.succeeded:
            raise _wrong(campaign, f"{where}: {figures.succeeded} successes are stated, {cell.succeeded} recorded")
        for label, one, two in (("estimate", figures.estimate, cell.estimate), ("worst", figures.worst, cell.worst)):
            if not _same(one.model_dump(), two):
                raise _wrong(campaign, f"{where}: the stated {label} is not the one recomputed")


def _compare_findings(campaign: Campaign, result: CampaignResult) -> None:
    computed = {
        (cell.domain, cell.strategy, cell.language): cell for cell in campaign.cells if campaign.is_finding(cell)
    }
    marked = {_names(cell) for cell in result.cells if cell.finding}
    listed = {(one.domain, one.strategy, one.language): one for one in result.findings}
    if not set(computed) == marked == set(listed) or len(listed) != len(result.findings):
        raise _wrong(campaign, "the findings are not the ones recomputed")
    for names, finding in listed.items():
        succeeded, assessed = computed[names].succeeded, computed[names].estimate.n
        chance = campaign.chance(computed[names])
        if (finding.succeeded, finding.assessed) != (succeeded, assessed) or abs(finding.chance - chance) > TOLERANCE:
            raise _wrong(campaign, f"the finding {'/'.join(names)} states other figures than were recorded")


def _compare_coverage(campaign: Campaign, result: CampaignResult) -> None:
    tested = {(cell.domain, cell.strategy, cell.language) for cell in campaign.cells if cell.estimate.n}
    stated = result.coverage
    if stated.tested != len(tested) or tested & set(stated.not_tested):
        raise _wrong(campaign, "the coverage stated is not the one recomputed")


def _names(figures: DomainFigures) -> tuple[str, str, str]:
    return (figures.domain, getattr(figures, "strategy", ""), getattr(figures, "language", ""))


def _same(stated: Mapping[str, Any], computed: Estimate) -> bool:
    for name, value in computed.document().items():
        held = stated[name]
        if isinstance(value, float):
            if abs(held - value) > TOLERANCE:
                return False
        elif held != value:
            return False
    return True


def _wrong(campaign: Campaign, what: str) -> Unverified:
    return Unverified(f"Campaign {campaign.id}: {what}.", code="report.figure")


def check_readable(campaigns: Iterable[Campaign], held: Mapping[str, bytes]) -> None:
    """Every closed campaign has its outcome file, and no other file is there. Raises Unverified or Invalid."""
    closed = {campaign.id for campaign in campaigns if campaign.result is not None}
    for campaign in sorted(closed ^ set(held)):
        if campaign in closed:
            raise Unverified(f"The outcomes of the campaign {campaign} are missing.", code="report.outcomes")
        raise Invalid(f"There are outcomes of {campaign[:60]!r}, which is no closed campaign.", code="report.outcomes")
