"""The nouns of leak tracing: a stored tensor, what was marked for whom, and whose copy a leaked file was."""

from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor as it is stored: `dtype` in the words of safetensors, values as numpy holds them (BF16 as uint16)."""

    dtype: str
    values: NDArray[Any] = field(repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return self.values.shape


@dataclass(frozen=True, slots=True)
class Marking:
    """What was done to an export: the strength, how many values may carry a mark, and which tensors carry none."""

    strength: float
    tensors: int
    values: int
    untouched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CarrierKey:
    """What the mark of one recipient in one model follows from; whoever has it can find that mark, and forge it."""

    recipient: str
    """The recipient's salted digest, in hexadecimal."""
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lead:
    """How far a suspect agrees with one recipient's mark.

    `score` is 1 in its deviation for whoever isn't the source; `chance` bounds from above that anybody of those who
    were tried reaches it by chance, and `exponent` is its base-10 logarithm, which doesn't run out of numbers.
    """

    recipient: str
    score: float
    chance: float
    exponent: float


Verdict = Literal["named", "nobody", "the original", "not comparable"]


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a tensor of a suspect was laid on the original: `how` in plain words, and on how many of its rows."""

    tensor: str
    originals: tuple[str, ...]
    how: str
    rows: int


@dataclass(frozen=True, slots=True)
class Trace:
    """Whose copy a suspect is, and how sure that is.

    `named` holds every recipient whose chance is at most `gate` and stands apart from all who aren't named; `leads`
    holds the best few, named or not. `values` of the suspect were compared, in the tensors of `alignments`; `unknown`
    tensors resembled nothing in the original.
    """

    verdict: Verdict
    named: tuple[Lead, ...]
    leads: tuple[Lead, ...]
    recipients: int
    gate: float
    values: int
    alignments: tuple[Alignment, ...]
    unknown: tuple[str, ...]
