"""The nouns of the room: what a mark says, how it was found, and what follows for a piece of content."""

from dataclasses import dataclass, field
from typing import Literal

Media = Literal["image", "audio", "video"]
VERSION = 1
MODEL_BITS = 20
CONTENT_BITS = 40


@dataclass(frozen=True, slots=True)
class Payload:
    """What a mark carries, 64 bits: 4 of format version, 20 that name the service or model, 40 of random content id.

    There is no place for a user: what is not here can't be in a mark.
    """

    model: int
    content: int
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class MarkKey:
    """A secret of 32 bytes under which content is marked; `id` is public and names it in statements and findings."""

    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where each pixel was when it was marked: x' = a x + b y + c, y' = d x + e y + f, in pixels, as an affine map.

    `size` is the width and height of the marked picture, or None where a crop hides it.
    """

    matrix: tuple[float, float, float, float, float, float] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Detection:
    """A mark that was found: what it says, under which key, and how sure it is that it is one.

    `p_value` bounds the chance that unmarked content, whatever it is, gives such a score under a random key, over all
    `hypotheses` that were tried (keys, positions, geometries, frames, refinements). `speed` is that of a sound against
    the marked one, `offset` its start in seconds within the pattern.
    """

    payload: Payload
    key_id: str
    p_value: float
    hypotheses: int
    score: float
    geometry: Geometry | None = None
    speed: float = 1.0
    offset: float = 0.0
