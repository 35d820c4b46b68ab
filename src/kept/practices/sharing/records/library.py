"""What this organisation made or brought in itself: objects that may be shared, and techniques to refer to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Origin = Literal["own", "stix", "atlas", "misp", "avid", "nova"]
ORIGINS: Mapping[str, Origin] = {each: each for each in get_args(Origin)}
"""Every origin by its name."""


@dataclass(frozen=True, slots=True)
class Held:
    """An object of the library. Times are "2026-11-22T07:30:00Z"."""

    id: str
    kind: str
    name: str
    version: str
    origin: Origin
    added: str


@dataclass(frozen=True, slots=True)
class Left:
    """Something that was not brought in, and why."""

    name: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """What an import came to: each thing of the file is in one of the two."""

    objects: tuple[Held, ...]
    refused: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the scanner was given besides the text: how many logged prompts, or none for the reason told."""

    prompts: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What an object says of itself, whatever its kind."""

    name: str
    description: str = ""
    atlas: tuple[str, ...] = ()
    nist: tuple[str, ...] = ()
    tlp: str = "amber"


@dataclass(frozen=True, slots=True)
class Logged:
    """A prompt of the owner's log, and a pseudonym of who sent it; "" where that isn't known."""

    prompt: str = field(repr=False)
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Exported:
    """Objects in a format of others, and what that format has no place for."""

    data: bytes = field(repr=False)
    objects: int
    refused: tuple[Left, ...]
