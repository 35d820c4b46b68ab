"""A judge held against people: what the counts come to, and how far people agree among themselves."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kept.core.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha
from kept.core.estimate import LEVEL, Estimate
from kept.practices.red_team.records import LabelledItem, Outcome, Verdict

TOLD: tuple[Outcome, Outcome] = ("s", "r")


@dataclass(frozen=True, slots=True)
class Tally:
    """A judge's verdicts against what most annotators say; disputed items take no part."""

    true_positives: int
    positives: int
    true_negatives: int
    negatives: int
    unassessed: int
    disputed: int


def consensus(labels: Mapping[str, Outcome]) -> Outcome | None:
    """What more than half of an item's annotators say; None where there is no majority."""
    counts = Counter(labels.values())
    return next((outcome for outcome in TOLD if counts[outcome] * 2 > len(labels)), None)


def tally(items: Sequence[LabelledItem], verdicts: Sequence[Verdict]) -> Tally:
    """Count the verdicts, one for each item, in the items' order."""
    pairs = [(consensus(item.labels), verdict.outcome) for item, verdict in zip(items, verdicts, strict=True)]
    counts = Counter(pairs)
    held = {told: sum(counts[told, found] for found in TOLD) for told in TOLD}
    return Tally(
        true_positives=counts["s", "s"],
        positives=held["s"],
        true_negatives=counts["r", "r"],
        negatives=held["r"],
        unassessed=counts["s", "u"] + counts["r", "u"],
        disputed=sum(told is None for told, _ in pairs),
    )


def agreement(found: Tally, *, level: float = LEVEL) -> Estimate:
    """Cohen's kappa of the judge and the people."""
    missed, invented = found.positives - found.true_positives, found.negatives - found.true_negatives
    table = [[found.true_positives, missed], [invented, found.true_negatives]]
    return cohen_kappa(table, level=level, unassessed=found.unassessed)


def among_humans(items: Sequence[LabelledItem], *, level: float = LEVEL) -> Estimate | None:
    """How far annotators agree: Cohen's kappa where the same two labelled every item, else Krippendorff's alpha.

    None where one annotator alone labelled.
    """
    annotators = sorted({name for item in items for name in item.labels})
    if len(annotators) < 2:
        return None
    if len(annotators) == 2 and all(len(item.labels) == 2 for item in items):
        counts = Counter(tuple(item.labels[name] for name in annotators) for item in items)
        return cohen_kappa([[counts[one, other] for other in TOLD] for one in TOLD], level=level)
    rated = [[list(item.labels.values()).count(outcome) for outcome in TOLD] for item in items]
    return krippendorff_alpha(rated, level=level, unassessed=sum(sum(row) < 2 for row in rated))


def pair(one: str, other: str, *, level: float = LEVEL) -> Estimate:
    """Cohen's kappa of two judges' outcomes of the same items, over those that both assessed."""
    counts = Counter(zip(one, other, strict=True))
    table = [[counts[first, second] for second in TOLD] for first in TOLD]
    return cohen_kappa(table, level=level, unassessed=len(one) - sum(map(sum, table)))


def among_members(votes: Sequence[str], *, level: float = LEVEL) -> Estimate | None:
    """How far raters agree whose outcomes are given as one string for each item, "u" where one said nothing.

    Fleiss' kappa where all said something on every item, else Krippendorff's alpha; None without votes.
    """
    held = [each for each in votes if len(each) > 1]
    if not held:
        return None
    rated = [[each.count(outcome) for outcome in TOLD] for each in held]
    silent = len(votes) - sum(sum(row) >= 2 for row in rated)
    if not any("u" in each for each in held) and len({len(each) for each in held}) == 1:
        return fleiss_kappa(rated, level=level, unassessed=silent)
    return krippendorff_alpha(rated, level=level, unassessed=silent)
