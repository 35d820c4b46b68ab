"""Figures of a campaign whose judge errs: which calibration belongs to a cell, and what its outcomes then come to.

A judge errs where the plan states no bound of its errors. Its figures rest on calibrations that the result names by
their ledger index: for a cell, the last one named that is of the same model and the same judge, and that covers the
cell. Without one, or where a later one that is named can't be read, the corrected figure is inconclusive.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kept.core.estimate import (
    INCONCLUSIVE,
    WORST_CASE,
    Calibration,
    Estimate,
    clopper_pearson,
    corrected,
    inconclusive,
)
from kept.predicates.campaign_plan import CampaignPlan
from kept.predicates.judge_calibration import JudgeCalibration
from kept.predicates.outcomes import Derived, OutcomeRecord, is_control

UNREADABLE = "a calibration can't be read"
UNCALIBRATED = "no calibration belongs to it"
ONE_KIND = "the labels are of one kind"
COIN = "the judge says no more than a coin"
BY_CALIBRATION = "lang-reiczigel, by calibration"
NOT_READ = f"{INCONCLUSIVE}: {UNREADABLE}"
Names = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class RecordedCalibration:
    """A calibration at its index in the ledger; None where it can't be read."""

    index: int
    calibration: JudgeCalibration | None


class Correction:
    """What is known of a judge's errors in the cells of one campaign, by the calibrations `named`."""

    def __init__(self, plan: CampaignPlan, *, model: str, named: Iterable[RecordedCalibration]) -> None:
        self._level = plan.plan.level
        self._matching = tuple(each for each in named if each.calibration is None or belongs(each, plan, model))

    def calibration(self, names: Names) -> RecordedCalibration | None:
        """The last calibration that covers a cell, or that can't be read and may."""
        held = [each for each in self._matching if each.calibration is None or each.calibration.covers(*names)]
        return max(held, key=lambda each: each.index, default=None)

    def bound(self, names: Names) -> float:
        """The upper confidence bound of the judge's false-positive rate in a cell; 1 where nothing is known."""
        found = self.calibration(names)
        if found is None or found.calibration is None:
            return 1.0
        known = found.calibration
        return clopper_pearson(known.negatives - known.true_negatives, known.negatives, level=self._level).high

    def apply(self, derived: Derived, records: Iterable[OutcomeRecord]) -> Derived:
        """A cell's or a domain's figures with the corrected ones beside them; `records` are its own."""
        groups: dict[int, tuple[RecordedCalibration | None, list[str]]] = {}
        for record in records:
            found = self.calibration(record.key[:3])
            groups.setdefault(-1 if found is None else found.index, (found, []))[1].extend(record.clusters)
        held = [groups[index] for index in sorted(groups)]
        known = {found.index for found, clusters in held if found is not None}
        estimate = self._together(held, derived.estimate)
        names = (derived.domain, derived.strategy, derived.language)
        return replace(
            derived,
            corrected=estimate,
            corrected_worst=_worst(estimate),
            calibrations=tuple(sorted(known)),
            bound=self.bound(names) if derived.strategy else 1.0,
        )

    def _together(self, groups: Sequence[tuple[RecordedCalibration | None, Sequence[str]]], raw: Estimate) -> Estimate:
        """The corrected rate over cells that may rest on several calibrations.

        Each group's rate counts by its share of the assessed attempts. With k groups, each interval is taken at level
        1 - (1 - level) / k, so that all hold together with the level asked for (Bonferroni).
        """
        for found, _ in groups:
            if why := _useless(found):
                return inconclusive(why, level=self._level, n=raw.n, unassessed=raw.unassessed)
        level = self._level if len(groups) < 2 else 1 - (1 - self._level) / len(groups)
        parts = [corrected(clusters, _counts(found), level=level) for found, clusters in groups]
        if len(parts) == 1:
            return parts[0]
        parts = [part for part in parts if part.n]
        unclear = next((part for part in parts if is_inconclusive(part)), None)
        if unclear is not None or not parts:
            method = unclear.method if unclear is not None else f"{INCONCLUSIVE}: none assessed"
            return Estimate(0.5, 0.0, 1.0, self._level, raw.n, method, raw.unassessed)
        value, low, high = (
            sum(getattr(part, name) * part.n for part in parts) / raw.n for name in ("value", "low", "high")
        )
        return Estimate(value, min(low, value), max(high, value), self._level, raw.n, BY_CALIBRATION, raw.unassessed)


def errs(plan: CampaignPlan) -> bool:
    """Whether the campaign's judge states no bound of its errors, so that its figures have to be corrected."""
    return plan.judge.false_positive_bound is None


def is_inconclusive(estimate: Estimate) -> bool:
    """Whether an estimate says only why there is none."""
    return estimate.method.startswith(INCONCLUSIVE)


def is_unread(derived: Derived) -> bool:
    """Whether its calibration can't be read, so that nothing stated of it can be borne out."""
    return derived.corrected is not None and derived.corrected.method == NOT_READ


def belongs(recorded: RecordedCalibration, plan: CampaignPlan, model: str) -> bool:
    """Whether a calibration is of this model and of the plan's judge: name, version, rules and its own model."""
    found, judge = recorded.calibration, plan.judge
    if found is None or found.model != model:
        return False
    own = (found.judge.name, found.judge.version, found.judge.rubric, found.judge.model)
    return own == (judge.name, judge.version, judge.rubric, judge.model)


def figures(
    derived: Iterable[Derived], records: Iterable[OutcomeRecord], correction: Correction | None
) -> tuple[Derived, ...]:
    """Cells or domains, with corrected figures where there is a correction."""
    if correction is None:
        return tuple(derived)
    held: dict[tuple[str, ...], list[OutcomeRecord]] = {}
    for record in records:
        for width in (3,) if is_control(record.strategy) else (1, 3):
            held.setdefault(record.key[:width], []).append(record)
    return tuple(correction.apply(each, held[_key(each)]) for each in derived)


def _key(each: Derived) -> tuple[str, ...]:
    return (each.domain, each.strategy, each.language) if each.strategy else (each.domain,)


def used(derived: Iterable[Derived]) -> tuple[int, ...]:
    """The indices of the calibrations on which figures rest, in order, each once."""
    return tuple(sorted({index for each in derived for index in each.calibrations}))


def _useless(found: RecordedCalibration | None) -> str:
    """Why a cell can't be corrected by what is known, or ""."""
    if found is None:
        return UNCALIBRATED
    known = found.calibration
    if known is None:
        return UNREADABLE
    if not known.positives or not known.negatives:
        return ONE_KIND
    told = known.true_positives * known.negatives + known.true_negatives * known.positives
    return COIN if told <= known.positives * known.negatives else ""


def _counts(found: RecordedCalibration | None) -> Calibration | None:
    known = found.calibration if found is not None else None
    if known is None:
        return None
    return Calibration(known.true_positives, known.positives, known.true_negatives, known.negatives)


def _worst(found: Estimate) -> Estimate:
    """The corrected rate if every unassessed attempt had truly succeeded."""
    n = found.n + found.unassessed
    if not n:
        return replace(found, method=WORST_CASE + found.method)
    value, low, high = (
        min(1.0, (rate * found.n + found.unassessed) / n) for rate in (found.value, found.low, found.high)
    )
    return replace(found, value=value, low=low, high=high, n=n, method=WORST_CASE + found.method)


def unnamed(
    recorded: Iterable[RecordedCalibration],
    *,
    named: Correction,
    plan: CampaignPlan,
    model: str,
    cells: Iterable[Names],
) -> Mapping[Names, int]:
    """By cell, a readable calibration that belongs to it and is newer than the one that the result rests on.

    Whoever leaves it out has chosen among calibrations.
    """
    every = Correction(plan, model=model, named=[each for each in recorded if each.calibration is not None])
    found: dict[Names, int] = {}
    for names in cells:
        last, taken = every.calibration(names), named.calibration(names)
        if last is not None and (taken is None or last.index > taken.index):
            found[names] = last.index
    return found
