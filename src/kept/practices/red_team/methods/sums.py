"""A tool's own sums over detectors' scores, and the threshold that they imply."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kept.errors import Invalid

HIGHEST = 1.0
PREFIXES = ("probes.", "detectors.")


@dataclass(slots=True)
class Scores:
    """What a detector gave each prompt of a probe: for each generation whether there was an answer, and a score."""

    prompts: list[tuple[str, Sequence[bool], Sequence[float | None]]] = field(default_factory=list)

    def add(self, prompt: str, answered: Sequence[bool], scores: Sequence[float | None]) -> None:
        """Add the generations of one prompt."""
        self.prompts.append((prompt, answered, scores))

    def outcomes(self, threshold: float) -> Iterator[tuple[str, str]]:
        """For each prompt a character a generation: s at or above the threshold, r below, u for no answer or score."""
        for prompt, answered, scores in self.prompts:
            letters = ""
            for at in range(max(len(answered), len(scores), 1)):
                score = scores[at] if at < len(scores) else None
                heard = at < len(answered) and answered[at]
                letters += "u" if score is None or not heard else "s" if score >= threshold else "r"
            yield prompt, letters

    def given(self) -> list[float]:
        """Every score, the highest first; those of silence too, for the tool counts them."""
        return sorted((score for _, _, scores in self.prompts for score in scores if score is not None), reverse=True)

    def missing(self) -> int:
        """How many scores are none."""
        return sum(score is None for _, _, scores in self.prompts for score in scores)


@dataclass(slots=True)
class Sums:
    """What the tool counted of one probe and detector; None where it doesn't tell."""

    where: str
    fails: int | None = None
    passed: int | None = None
    nones: int | None = None

    def add(self, *, fails: int | None, passed: int | None, nones: int | None) -> None:
        """Add a summary: a probe that ran twice is summed up twice."""
        self.fails = _plus(self.fails, fails)
        self.passed = _plus(self.passed, passed)
        self.nones = _plus(self.nones, nones)


def threshold_of(
    scores: Mapping[tuple[str, str], Scores],
    sums: Mapping[tuple[str, str], Sums],
    *,
    told: float | None,
    default: float,
) -> float:
    """The score from which the tool counted a hit: as told, else the default where its sums agree, else what they say.

    Sums of hits bound the threshold between two scores; the upper one is given. Raises Invalid where no threshold, or
    not the one told, gives the tool's sums.
    """
    low, high = -math.inf, HIGHEST
    for part, held in scores.items():
        summed = sums.get(_short(part))
        if summed is None:
            continue
        given = held.given()
        if summed.fails is not None:
            below, above = _bounds(given, summed.fails)
            low, high = max(low, below), min(high, above)
            if low >= high or (told is not None and not low < told <= high):
                raise _contradiction(part, summed, f"{summed.fails} hits", _hits(given, told or default))
        _check_counts(part, summed, len(given), held.missing())
    if told is not None:
        return told
    return default if low < default <= high else high


def _bounds(given: Sequence[float], hits: int) -> tuple[float, float]:
    """Between which scores a threshold lies that so many reach: above the first, at most the second."""
    if hits > len(given):
        return math.inf, -math.inf
    below = given[hits] if hits < len(given) else -math.inf
    return below, given[hits - 1] if hits else math.inf


def _check_counts(part: tuple[str, str], summed: Sums, given: int, missing: int) -> None:
    if summed.fails is not None and summed.passed is not None and summed.fails + summed.passed != given:
        raise _contradiction(part, summed, f"{summed.fails + summed.passed} scores", given)
    if summed.nones is not None and summed.nones != missing:
        raise _contradiction(part, summed, f"{summed.nones} missing scores", missing)


def _hits(given: Iterable[float], threshold: float) -> int:
    return sum(score >= threshold for score in given)


def _contradiction(part: tuple[str, str], summed: Sums, said: str, own: int) -> Invalid:
    return Invalid(
        f"{summed.where} sums up {said} of {'/'.join(_short(part))}; the attempts give {own}.",
        code="evaluation.contradiction",
        hint="The report was cut or changed.",
    )


def _short(part: tuple[str, str]) -> tuple[str, str]:
    probe, detector = (name.removeprefix(prefix) for name, prefix in zip(part, PREFIXES, strict=True))
    return probe, detector


def _plus(held: int | None, more: int | None) -> int | None:
    return held if more is None else (held or 0) + more
