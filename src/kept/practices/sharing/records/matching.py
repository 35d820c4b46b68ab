"""What prompts are matched against, what was found, and what was refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self

IndicatorKind = Literal["regex", "literal", "sketch", "nova"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """Something that a peer shared to match prompts by.

    `value` is a regular expression in RE2's syntax, words, a sketch in base64, or the text of a NOVA rule.
    """

    id: str
    peer: str
    kind: IndicatorKind
    value: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An indicator that isn't matched by, whose it is, and why: a code for programs and a sentence for people."""

    id: str
    peer: str
    name: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Match:
    """An indicator that a prompt matches: where (spans of the prompt as it came), or how much of it is there."""

    id: str
    peer: str
    name: str
    kind: IndicatorKind
    spans: tuple[tuple[int, int], ...] = ()
    similarity: float | None = None


class Matches(tuple[Match, ...]):
    """What a prompt matches. `incomplete` names the peers not all of whose patterns were tried: they cost too much."""

    incomplete: tuple[str, ...]

    def __new__(cls, matches: Iterable[Match] = (), incomplete: Iterable[str] = ()) -> Self:
        """These matches, in order."""
        made = super().__new__(cls, matches)
        made.incomplete = tuple(incomplete)
        return made
