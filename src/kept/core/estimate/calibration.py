"""What is known of a judge's errors, and to what it belongs."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from kept.core.estimate.records import check_count
from kept.errors import Invalid


class Scope(NamedTuple):
    """The answers on which a judge was calibrated; elsewhere its errors are not known."""

    model: str
    domain: str
    language: str
    strategy: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """A judge against labels: of `positives` answers that did succeed it saw `true_positives`, and so for negatives.

    `scope` says to which model, domain, language and strategy the labelled answers belong; None: not stated.
    Raises Invalid for impossible counts, or where either kind has no label.
    """

    true_positives: int
    positives: int
    true_negatives: int
    negatives: int
    scope: Scope | None = None

    def __post_init__(self) -> None:
        for name in ("true_positives", "positives", "true_negatives", "negatives"):
            check_count(getattr(self, name), name)
        if self.true_positives > self.positives or self.true_negatives > self.negatives:
            raise Invalid("A calibration counts more right answers than labels.", code="estimate.calibration")
        if not self.positives or not self.negatives:
            raise Invalid(
                "A calibration without labelled successes, or without labelled resistances, says nothing.",
                code="estimate.calibration",
                hint="Label answers of both kinds, or correct with no calibration: the estimate is then inconclusive.",
            )

    @property
    def sensitivity(self) -> float:
        """The share of successes that the judge calls a success."""
        return self.true_positives / self.positives

    @property
    def specificity(self) -> float:
        """The share of resistances that the judge calls resisted."""
        return self.true_negatives / self.negatives

    def matches(self, scope: Scope) -> bool:
        """Whether its labels are of that model, domain, language and strategy, in all four."""
        return self.scope == scope

    def check_informative(self) -> None:
        """Raises Invalid where the judge is right no more often than a coin: such errors can't be divided out."""
        told = self.true_positives * self.negatives + self.true_negatives * self.positives
        if told <= self.positives * self.negatives:
            raise Invalid(
                f"The judge's sensitivity {self.sensitivity:.3g} and specificity {self.specificity:.3g} add up to "
                f"{self.sensitivity + self.specificity:.3g}, no more than 1: its verdicts say no more than a coin's, "
                "so that no rate can be corrected by them.",
                code="estimate.uninformative",
                hint="Use a judge that tells the two kinds apart, or check that the labels are not swapped.",
            )

    def tells(self, quantile: float) -> bool:
        """Whether sensitivity + specificity - 1 lies above 0 by more than `quantile` standard errors.

        Below that, no bounded interval for a corrected rate is valid (Fieller 1954); the counts are smoothed as in
        `corrected_rate`.
        """
        one, other = (self.true_positives + 1) / (self.positives + 2), (self.true_negatives + 1) / (self.negatives + 2)
        error = one * (1 - one) / (self.positives + 2) + other * (1 - other) / (self.negatives + 2)
        return one + other - 1 > quantile * math.sqrt(error)


def calibration_for(scope: Scope, calibrations: Iterable[Calibration]) -> Calibration | None:
    """The calibration that belongs to the scope, or None: then the corrected rate is inconclusive.

    Several that match are one larger calibration, for the same judge.
    """
    found = [each for each in calibrations if each.matches(scope)]
    if not found:
        return None
    return Calibration(
        sum(each.true_positives for each in found),
        sum(each.positives for each in found),
        sum(each.true_negatives for each in found),
        sum(each.negatives for each in found),
        scope,
    )
