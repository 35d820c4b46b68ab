"""Where something can be put: collections that are served here, and those of partners that are known from pulling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kept.core.actor import Actor
from kept.errors import Invalid

if TYPE_CHECKING:
    from kept.practices.sharing.service import Service


@dataclass(frozen=True, slots=True)
class Place:
    """A collection: `peer` is "" for one of ours, and `id` is what its own server calls it."""

    peer: str
    id: str
    title: str

    @property
    def value(self) -> str:
        """How a form names it."""
        return f"{self.peer}|{self.id}"


def places(service: Service, by: Actor) -> tuple[Place, ...]:
    """Every place, ours first. Raises Denied."""
    found = service.collections_list()
    ours = [Place("", each.id, each.title) for each in found if not each.peer]
    partners = sorted({each.peer for each in found if each.peer})
    theirs = [
        Place(peer, each.remote, each.title) for peer in partners for each in service.peers_show(peer, by=by).pulls
    ]
    return (*ours, *theirs)


def chosen(service: Service, value: str, by: Actor) -> tuple[str, str]:
    """The peer and the collection that a form chose among them. Raises Invalid."""
    for each in places(service, by):
        if each.value == value:
            return each.peer, each.id
    raise Invalid("No collection was chosen.", code="form.place", hint="Choose where it goes.")
