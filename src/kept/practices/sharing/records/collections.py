"""Collections, and what a reader may do with each."""

import re
from dataclasses import dataclass
from typing import Literal

from kept.errors import Invalid
from kept.practices.sharing.records.markings import LEVELS, Tlp

Amber = Literal["named", "members"]
_COMMUNITY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_TITLE, _DESCRIPTION = 200, 4000


@dataclass(frozen=True, slots=True)
class Collection:
    """Objects that a community shares; `default_tlp` holds for what isn't marked.

    AMBER and AMBER+STRICT reach the organisations that an object names; with `amber` "members", those of every reader
    where it names none. With `released`, whoever has a key may read what is CLEAR. Raises Invalid.
    """

    title: str
    community: str
    description: str = ""
    default_tlp: Tlp = "amber+strict"
    amber: Amber = "named"
    released: bool = False

    def __post_init__(self) -> None:
        if not _COMMUNITY.fullmatch(self.community) or self.community == "status":
            raise Invalid(
                f"{self.community[:80]!r} names no community.",
                code="sharing.community",
                hint="Use up to 63 of a-z, 0-9 and hyphen.",
            )
        if not self.title.strip() or len(self.title) > _TITLE or len(self.description) > _DESCRIPTION:
            raise Invalid(f"A collection has a title of at most {_TITLE} characters.", code="sharing.title")
        if self.default_tlp not in LEVELS or self.amber not in ("named", "members"):
            raise Invalid("A collection's default is a level of TLP 2.0.", code="sharing.tlp")


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """A collection as it stands: `peer` is "" for one that is served here, else whose collection it mirrors."""

    id: str
    number: int
    title: str
    community: str
    description: str
    default_tlp: Tlp
    amber: Amber
    released: bool
    peer: str
    readers: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever came in by a key or a certificate: a peer, its organisation, and whose client that one is."""

    name: str
    organisation: str
    client_of: str


@dataclass(frozen=True, slots=True)
class Access:
    """A collection as one reader has it, and the audiences that this reader belongs to there."""

    collection: CollectionRow
    can_read: bool
    can_write: bool
    audiences: tuple[str, ...]
