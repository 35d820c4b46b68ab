"""What statements about studies share: who stands behind them and under which conditions, and the rules for figures.

Two independent rates are compared by square-and-add (MOVER: Zou & Donner 2008, Statistics in Medicine 27:1693-1702)
with Clopper-Pearson limits of each, so that no arm of a few people passes for certainty. Means are compared by Welch
(1947, Biometrika 34:28-35), and, where the same people worked with and without, by Student's t over their differences.
The browser's verifier computes the same (`studies.js`).
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean, variance
from typing import Annotated, Any, ClassVar, Literal, Protocol

from pydantic import Field

from kept.core import estimate
from kept.core.estimate import Estimate
from kept.core.statement import Statement
from kept.errors import Unverified
from kept.predicates.campaign_plan import model_subject
from kept.predicates.predicate import Count, Digest, Part, Predicate, Text, Time

TOLERANCE = 1e-9
MOVER = "mover: clopper-pearson"
STUDENT = "student's t"
WELCH = "welch"
WHOLE_RANGE = "whole range: no spread"
LARGEST_SCORE = 10_000.0
NO_SPREAD = 1e-18  # of the squared extent of the scale: what rounding alone leaves

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
Words = Annotated[str, Field(min_length=1, max_length=4000)]
Finite = Annotated[float, Field(ge=-4 * LARGEST_SCORE, le=4 * LARGEST_SCORE)]
Score = Annotated[float, Field(ge=-LARGEST_SCORE, le=LARGEST_SCORE)]
Level = Annotated[float, Field(gt=0, lt=1)]
SignedBy = Literal["outside", "provider"]


class Conditions(Part):
    """Under which conditions outsiders worked, so that a reader can weigh what they say; "none" is an answer."""

    funding: Words
    conflicts: Words
    access: Words
    restrictions: Words
    publication_rights: Words


class StudyFigure(Part):
    """`kept.core.estimate.Estimate` as a document, whose value may lie anywhere."""

    value: Finite
    low: Finite
    high: Finite
    level: Level
    n: Count
    method: str = Field(min_length=1, max_length=100)
    unassessed: Count


class Comparison(Part):
    """What came out with the model and without it, the difference, and the worst that those who dropped out allow."""

    with_model: StudyFigure
    without_model: StudyFigure
    difference: StudyFigure
    worst: StudyFigure


class Checked(Predicate):
    """A statement whose figures follow from what stands beside them."""

    called: ClassVar[str] = "statement"

    @property
    def figures(self) -> Mapping[str, Any]:
        """The stated figures by name, as plain JSON values."""
        return {}

    @property
    def sees(self) -> tuple[int, ...]:
        """The ledger indices that the statement rests on; all of them come before it."""
        return ()

    def check(self) -> None:
        """Compute every figure again from the counts stated beside it. Raises Unverified for one that is another."""


class Study(Checked):
    """A statement by outsiders, or about their work.

    `signed_by` says whose key signs: "outside" is a key of the organisation that did the work, "provider" the provider
    on its behalf. The assurance follows from the keys alone; a statement that says "outside" and is signed by the
    provider fails.
    """

    called: ClassVar[str] = "study"

    model: Digest
    domain: Name
    conditions: Conditions
    signed_by: SignedBy
    issued: Time
    by: Text

    def to_statement(self, *, model_name: str = "model") -> Statement:
        """The statement whose subject is the model."""
        predicate = self.model_dump(mode="json", exclude_none=True)
        return Statement((model_subject({"name": model_name}, self.model),), self.of_type, predicate)


def rate(succeeded: int, assessed: int, *, unassessed: int = 0, level: float) -> Estimate:
    """The rate of success among the assessed."""
    return estimate.clopper_pearson(succeeded, assessed, level=level, unassessed=unassessed)


def worst_rate(succeeded: int, assessed: int, *, unassessed: int, level: float) -> Estimate:
    """The rate if every unassessed attempt had succeeded."""
    found = rate(succeeded + unassessed, assessed + unassessed, unassessed=unassessed, level=level)
    return found if found.n == 0 else replace(found, method=estimate.WORST_CASE + found.method)


def difference_of_rates(one: Estimate, other: Estimate) -> Estimate:
    """The first rate minus the second, of independent groups, in [-1, 1]; all of it where nobody was assessed.

    With limits (l, u) of each rate p: low = d - sqrt((p1 - l1)^2 + (u2 - p2)^2), high = d + sqrt((u1 - p1)^2 +
    (p2 - l2)^2) (Zou & Donner 2008, equation 3).
    """
    n, unassessed = one.n + other.n, one.unassessed + other.unassessed
    if not (one.n and other.n):
        return Estimate(0.0, -1.0, 1.0, one.level, n, estimate.NONE_ASSESSED, unassessed)
    value = one.value - other.value
    low = value - math.hypot(one.value - one.low, other.high - other.value)
    high = value + math.hypot(one.high - one.value, other.value - other.low)
    return Estimate(value, max(-1.0, low), min(1.0, high), one.level, n, MOVER, unassessed)


def compared_rates(
    with_model: tuple[int, int, int],
    without_model: tuple[int, int, int],
    *,
    level: float,
    harmful: bool,
) -> dict[str, Estimate]:
    """The figures of a `Comparison` from (succeeded, assessed, lost) of each arm.

    The worst case lets those who were lost make the difference as large as it can be where it is harmful, and as small
    where it is a benefit.
    """
    (s1, n1, u1), (s2, n2, u2) = with_model, without_model
    one, other = rate(s1, n1, unassessed=u1, level=level), rate(s2, n2, unassessed=u2, level=level)
    up, down = (u1, 0) if harmful else (0, u2)
    extreme = difference_of_rates(rate(s1 + up, n1 + u1, level=level), rate(s2 + down, n2 + u2, level=level))
    return {
        "with_model": one,
        "without_model": other,
        "difference": difference_of_rates(one, other),
        "worst": replace(extreme, method=estimate.WORST_CASE + extreme.method, unassessed=u1 + u2),
    }


def mean(scores: Sequence[float], *, bounds: tuple[float, float], lost: int = 0, level: float) -> Estimate:
    """The mean of independent scores on a scale from `bounds[0]` to `bounds[1]`, by Student's t with n - 1 degrees.

    Scores without spread say nothing of it: then the interval is the whole scale.
    """
    value, n = fmean(scores), len(scores)
    spread = variance(scores)
    if spread <= NO_SPREAD * (bounds[1] - bounds[0]) ** 2:
        return Estimate(value, *bounds, level, n, WHOLE_RANGE, lost)
    half = _student(n - 1, level) * math.sqrt(spread / n)
    low, high = max(bounds[0], value - half), min(bounds[1], value + half)
    return Estimate(value, min(low, value), max(high, value), level, n, STUDENT, lost)


def difference_of_means(
    one: Sequence[float], other: Sequence[float], *, bounds: tuple[float, float], lost: int = 0, level: float
) -> Estimate:
    """The first mean minus the second, of independent groups (Welch 1947).

    The standard error is sqrt(a + b) with a = s1^2 / n1 and b = s2^2 / n2, the degrees of freedom (a + b)^2 /
    (a^2 / (n1 - 1) + b^2 / (n2 - 1)). Without any spread the interval is all that the scale allows.
    """
    span, n = bounds[1] - bounds[0], len(one) + len(other)
    value = fmean(one) - fmean(other)
    a, b = variance(one) / len(one), variance(other) / len(other)
    if a + b <= NO_SPREAD * span * span:
        return Estimate(value, -span, span, level, n, WHOLE_RANGE, lost)
    degrees = (a + b) ** 2 / (a * a / (len(one) - 1) + b * b / (len(other) - 1))
    half = _student(degrees, level) * math.sqrt(a + b)
    return _within(value, half, span, level=level, n=n, method=WELCH, lost=lost)


def mean_of_differences(
    one: Sequence[float], other: Sequence[float], *, bounds: tuple[float, float], lost: int = 0, level: float
) -> Estimate:
    """The mean difference of scores of the same people, in the same order; `n` counts people."""
    span, differences = bounds[1] - bounds[0], [a - b for a, b in zip(one, other, strict=True)]
    value, n, spread = fmean(differences), len(differences), variance(differences)
    if spread <= NO_SPREAD * span * span:
        return Estimate(value, -span, span, level, n, WHOLE_RANGE, lost)
    half = _student(n - 1, level) * math.sqrt(spread / n)
    return _within(value, half, span, level=level, n=n, method=f"paired {STUDENT}", lost=lost)


def compare_figures(stated: Mapping[str, Any], computed: Mapping[str, Estimate], what: str) -> None:
    """Check stated figures (documents by name) against those computed. Raises Unverified, naming the first other."""
    for name, found in computed.items():
        own, held = found.document(), stated[name]
        for member, value in own.items():
            if not (_near(value, held[member]) if member in _NUMBERS else value == held[member]):
                raise Unverified(
                    f"The {what} states {member} {held[member]!r} for {name}; its own counts give {value!r}.",
                    code="study.figure",
                )


def documents(computed: Mapping[str, Estimate]) -> dict[str, dict[str, Any]]:
    """Computed figures as plain JSON values, for stating them."""
    return {name: found.document() for name, found in computed.items()}


class _Part(Protocol):
    """What `part_figures` reads of a part."""

    probe: str
    category: str
    estimate: Any
    worst: Any


def check_parts(names: Sequence[tuple[str, str]]) -> None:
    """Raises ValueError unless each (probe, category) comes once, in order."""
    if any(before >= after for before, after in itertools.pairwise(names)):
        raise ValueError("each part is told once, in the order of probe and category")


def part_figures(parts: Sequence[_Part]) -> dict[str, Any]:
    """Both figures of every part, as "<probe>/<category>", as plain JSON values."""
    return {
        f"{part.probe}/{part.category}": {"estimate": part.estimate.model_dump(), "worst": part.worst.model_dump()}
        for part in parts
    }


_NUMBERS = frozenset({"value", "low", "high", "level"})


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE * max(1.0, abs(one))


def _within(value: float, half: float, span: float, *, level: float, n: int, method: str, lost: int) -> Estimate:
    low, high = max(-span, value - half), min(span, value + half)
    return Estimate(value, min(low, value), max(high, value), level, n, method, lost)


def _student(degrees: float, level: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 1 - (1 - level) / 2))
