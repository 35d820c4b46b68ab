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

    `named` holds every recipient whose chance is at most `gate`; `leads` holds the best, named or not: everybody who is
    suspected, and a few whom nothing speaks against, to compare them with. `values` of the suspect were compared, in
    the tensors of `alignments`; `unknown` tensors resembled nothing in the original.
    """

    verdict: Verdict
    named: tuple[Lead, ...]
    leads: tuple[Lead, ...]
    recipients: int
    gate: float
    values: int
    alignments: tuple[Alignment, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """Who may get marked copies: `digest` is all that statements show; `name` is empty once it was forgotten."""

    digest: str
    name: str
    made: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A marked copy that was made: its SHA-256 and that of what it was made from, in hexadecimal, and for whom.

    `commitment` binds to the key of the mark, which can be shown later without the tracing secret.
    """

    weights: str
    parent: str
    recipient: str
    lease: str
    strength: float
    commitment: str
    made: str


@dataclass(frozen=True, slots=True)
class Source:
    """A recipient whose mark a suspect carries, or whose copy it is, with the copies that were recorded for them."""

    recipient: str
    name: str
    score: float
    chance: float
    exponent: float
    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True)
class Traced:
    """Whose copy a suspect is. `identical` is the copy that it equals byte for byte, where it equals one.

    `comparison` says what was compared, and is None where only recorded copies were looked at. A source without a
    recorded copy is a warning: somebody made one that nobody recorded.
    """

    file: str
    sha256: str
    identical: Copy | None
    sources: tuple[Source, ...]
    comparison: Trace | None
