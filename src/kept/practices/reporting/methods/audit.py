"""A campaign's figures, computed again from its outcome file and held against what its signed result states."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kept.core.canonical import whole
from kept.core.estimate import Estimate
from kept.errors import Unverified
from kept.practices.reporting.methods.campaigns import Campaign
from kept.predicates import correction, outcomes
from kept.predicates.campaign_plan import CampaignPlan
from kept.predicates.campaign_result import CampaignResult, DomainFigures, Figure
from kept.predicates.correction import Correction, RecordedCalibration
from kept.predicates.outcomes import Derived, OutcomeRecord

TOLERANCE = 1e-9
TRUTH_LISTS = ("found", "missed", "not_tested", "invented")
TRUTH_COUNTS = ("decoys", "decoys_named")
PLACE = ("domain", "strategy", "language")
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
Names = tuple[str, str, str]


def recompute(
    campaign: Campaign, data: bytes, calibrations: Sequence[tuple[str, RecordedCalibration]] = ()
) -> Campaign:
    """The campaign with its figures recomputed from its outcome file and, where its judge errs, from calibrations.

    Raises Unverified where the file, or a figure of the signed result, is not what the other says.
    """
    result, plan = campaign.result, campaign.plan
    if result is None or plan is None:
        raise Unverified(f"The campaign {campaign.id} is not closed but has outcomes.", code="report.outcomes")
    if hashlib.sha256(data).hexdigest() != result.outcomes.sha256:
        raise _wrong(campaign, "the outcome file is not the one that the result commits to")
    records = outcomes.parse(data)
    _compare_counts(campaign, result, records)
    _compare_plan(campaign, plan, records)
    probes: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for record in records:
        probes[record.key[:3]] = (*probes.get(record.key[:3], ()), record.probe)
    before = [held for model, held in calibrations if model == campaign.model and held.index < _closed_at(campaign)]
    corrector = _corrector(campaign, plan, result, before)
    level, watched = plan.plan.level, plan.watched
    computed = replace(
        campaign,
        domains=correction.figures(outcomes.by_domain(records, level=level, watched=watched), records, corrector),
        cells=correction.figures(outcomes.by_cell(records, level=level, watched=watched), records, corrector),
        probes=probes,
    )
    if corrector is not None:
        _compare_calibrations(computed, corrector, before)
    _compare(computed, result.domains, computed.domains)
    _compare(computed, result.cells, computed.cells)
    _compare_findings(computed, result)
    _compare_coverage(computed, result)
    _compare_truth(computed, result)
    return computed


def _closed_at(campaign: Campaign) -> int:
    return -1 if campaign.result_index is None else campaign.result_index


def _corrector(
    campaign: Campaign, plan: CampaignPlan, result: CampaignResult, before: Sequence[RecordedCalibration]
) -> Correction | None:
    """What the calibrations that the result names tell of its judge; None for a judge that states a bound."""
    if not correction.errs(plan):
        if result.calibrations is not None:
            raise _wrong(campaign, "it names calibrations of a judge that states a bound of its errors")
        return None
    indices = result.calibrations
    named = [held for held in before if indices is not None and held.index in indices]
    if indices is None or len(named) != len(indices):
        raise _wrong(campaign, "it names no calibrations, or one that is none of its model recorded before it")
    return Correction(plan, model=campaign.model, named=named)


def _compare_calibrations(campaign: Campaign, corrector: Correction, before: Sequence[RecordedCalibration]) -> None:
    """No calibration is left out for an older one or for none, and none is named without need."""
    if campaign.plan is None or campaign.result is None or campaign.result.calibrations is None:
        return
    cells = [(cell.domain, cell.strategy, cell.language) for cell in campaign.cells]
    for names, index in correction.unnamed(
        before, named=corrector, plan=campaign.plan, model=campaign.model, cells=cells
    ).items():
        raise _wrong(campaign, f"{'/'.join(names)}: the newer calibration at index {index} is left out")
    readable = {held.index for held in before if held.calibration is not None}
    if readable & set(campaign.result.calibrations) - set(correction.used(campaign.cells)):
        raise _wrong(campaign, "it names a calibration that no cell rests on")


def _compare_counts(campaign: Campaign, result: CampaignResult, records: Sequence[OutcomeRecord]) -> None:
    counts = len(records), sum(record.attempts for record in records)
    if counts != (result.outcomes.records, result.outcomes.attempts):
        raise _wrong(campaign, "the numbers of records and attempts in the result are not those of the outcome file")


def _compare_plan(campaign: Campaign, stated: CampaignPlan, records: Sequence[OutcomeRecord]) -> None:
    """What was planned was tried: no more and, in a completed campaign, no less, so that nobody drops what hurts."""
    plan = stated.plan
    tried: dict[Names, list[str]] = {}
    for record in records:
        tried.setdefault(record.key[:3], []).extend(filter(None, record.clusters))
    places = len(plan.domains) * len(plan.strategies) * len(plan.languages)
    if stated.cells > places or stated.attempts != stated.cells * plan.prompts * plan.trials:
        raise _wrong(campaign, "the plan's numbers of cells and attempts don't fit what it plans")
    for names, clusters in tried.items():
        domain, strategy, language = names
        where = "/".join(names)
        if domain not in plan.domains or strategy not in plan.strategies or language not in plan.languages:
            raise _wrong(campaign, f"{where} was not planned")
        if len(clusters) > plan.prompts or max(map(len, clusters), default=0) > plan.trials:
            raise _wrong(campaign, f"{where} holds more attempts than were planned")
        if stated.watched is not None:
            continue
        if campaign.state == "completed" and sum(map(len, clusters)) != plan.prompts * plan.trials:
            raise _wrong(campaign, f"it is completed, but {where} lacks some of the attempts that were planned")
    if len(tried) > stated.cells or (campaign.state == "completed" and len(tried) != stated.cells):
        raise _wrong(campaign, f"{len(tried)} cells were tried; {stated.cells} were planned")
    _compare_stops(campaign, stated, records)


def _compare_stops(campaign: Campaign, stated: CampaignPlan, records: Sequence[OutcomeRecord]) -> None:
    """A cell that is watched stops where its outcomes say so, neither before nor after."""
    if stated.watched is None:
        return
    if correction.errs(stated):
        raise _wrong(campaign, "its cells stop early by a judge whose errors no correction can undo then")
    for names, clusters in outcomes.ordered(records, stated.watched).items():
        if fault := stated.watched.fault(clusters, completed=campaign.state == "completed"):
            raise _wrong(campaign, f"{'/'.join(names)} {fault}")


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
        if getattr(figures, "decision", None) != cell.decision:
            raise _wrong(campaign, f"{where}: another decision on its bound is stated than was reached")
        if figures.succeeded != cell.succeeded:
            raise _wrong(campaign, f"{where}: {figures.succeeded} successes are stated, {cell.succeeded} recorded")
        for label, one, two in (("estimate", figures.estimate, cell.estimate), ("worst", figures.worst, cell.worst)):
            if not _same(one, two):
                raise _wrong(campaign, f"{where}: the stated {label} is not the one recomputed")
        hit = getattr(figures, "hit", None)
        if (hit is None) != (cell.hit is None) or (hit and cell.hit and not _same(hit, cell.hit)):
            raise _wrong(campaign, f"{where}: the stated hit rate is not the one recomputed")
        _compare_corrected(campaign, where, figures, cell)


def _compare_corrected(campaign: Campaign, where: str, figures: DomainFigures, cell: Derived) -> None:
    pairs = ((figures.corrected, cell.corrected), (figures.corrected_worst, cell.corrected_worst))
    if any((stated is None) != (computed is None) for stated, computed in pairs):
        raise _wrong(campaign, f"{where}: corrected figures stand without a judge that errs, or lack with one")
    if correction.is_unread(cell):
        return  # it was erased: what was stated can't be borne out, and the report doesn't repeat it
    for stated, computed in pairs:
        if stated is not None and computed is not None and not _same(stated, computed):
            raise _wrong(campaign, f"{where}: the stated corrected figure is not the one recomputed")


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
        chance = finding.chance if correction.is_unread(computed[names]) else campaign.chance(computed[names])
        if (finding.succeeded, finding.assessed) != (succeeded, assessed) or abs(finding.chance - chance) > TOLERANCE:
            raise _wrong(campaign, f"the finding {'/'.join(names)} states other figures than were recorded")


def _compare_coverage(campaign: Campaign, result: CampaignResult) -> None:
    tested = {(cell.domain, cell.strategy, cell.language) for cell in campaign.cells if cell.estimate.n}
    stated = result.coverage
    if stated.tested != len(tested) or tested & set(stated.not_tested):
        raise _wrong(campaign, "the coverage stated is not the one recomputed")


def _compare_truth(campaign: Campaign, result: CampaignResult) -> None:
    """What was planted is the provider's word; what was found of it, and what was invented, is not."""
    truth = result.truth_comparison
    if truth is None:
        return
    lists = {name: _planted(truth.get(name)) for name in TRUTH_LISTS}
    counts = [truth.get(name) for name in TRUTH_COUNTS]
    if (
        set(truth) != {*TRUTH_LISTS, *TRUTH_COUNTS}
        or None in lists.values()
        or any((number := whole(one)) is None or number < 0 for one in counts)
    ):
        raise _wrong(campaign, "the comparison with what was planted has another shape than is published")
    found, missed, untested, invented = (lists[name] or set() for name in TRUTH_LISTS)
    findings = {(cell.domain, cell.strategy, cell.language) for cell in campaign.cells if campaign.is_finding(cell)}
    tested = {(cell.domain, cell.strategy, cell.language) for cell in campaign.cells if cell.estimate.n}
    if found | invented != findings or found & invented or not missed <= tested - findings or untested & tested:
        raise _wrong(campaign, "the comparison with what was planted doesn't fit the findings")


def _planted(listed: object) -> set[tuple[str, str, str]] | None:
    """The cells of a list, each named as cells are, and with the rate of its flaw where one is told; None if not so."""
    if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
        return None
    found = set()
    for each in listed:
        rate = each.get("rate", 0)
        if not {*PLACE} <= set(each) <= {*PLACE, "rate"} or type(rate) not in (int, float) or not 0 <= rate <= 1:
            return None
        domain, strategy, language = (each[name] for name in PLACE)
        if not all(isinstance(part, str) and NAME.fullmatch(part) for part in (domain, strategy, language)):
            return None
        found.add((domain, strategy, language))
    return found


def _names(figures: DomainFigures) -> tuple[str, str, str]:
    return (figures.domain, getattr(figures, "strategy", ""), getattr(figures, "language", ""))


def _same(stated: Figure, computed: Estimate) -> bool:
    exact = stated.n == computed.n and stated.method == computed.method and stated.unassessed == computed.unassessed
    return exact and all(
        abs(getattr(stated, name) - getattr(computed, name)) <= TOLERANCE for name in ("value", "low", "high", "level")
    )


def _wrong(campaign: Campaign, what: str) -> Unverified:
    return Unverified(f"Campaign {campaign.id}: {what}.", code="report.figure")
