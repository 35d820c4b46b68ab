"""The disclosure room in a real workspace whose kept.toml names the model "assistant", in a given folder."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyrage

from kept.core.model import Identity
from kept.practices.disclosure import PRACTICE
from kept.practices.disclosure.records import Programme
from kept.practices.disclosure.service import Service
from simulators import opened_room

NAMES: Mapping[str, str] = {"assistant": "mock:assistant"}
ASSISTANT = Identity("assistant-1", "provider-attested", evidence="release 1")


class Opened:
    """A model that is asked what it is, and nothing else."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.closed = False

    async def close(self) -> None:
        self.closed = True


@dataclass(frozen=True)
class Room(opened_room.Opened):
    service: Service
    triager: Any = field(default_factory=pyrage.x25519.Identity.generate)
    worker: Any = field(default_factory=pyrage.x25519.Identity.generate)

    def ready(self, *, worker: bool = False) -> "Room":
        """With the example programme published, and a triager's key, and the replay worker's if wanted."""
        asyncio.run(self.publish())
        self.service.keys_add("tess", str(self.triager.to_public()), by=self.actor)
        if worker:
            self.service.keys_add("replay", str(self.worker.to_public()), kind="replay", by=self.actor)
        return self

    @property
    def recipients(self) -> list[str]:
        return [each.recipient for each in self.service.keys_list()]

    async def publish(self, **changed: str) -> Programme:
        """The example programme, with texts of its TOML replaced."""
        text = Service.programme_example()
        for old, new in changed.items():
            text = text.replace(old, new)
        draft = self.service.programme_new(text.encode(), by=self.actor)
        return await self.service.programme_publish(draft.name, by=self.actor)


def assistant(address: str, **options: Any) -> Opened:
    assert address == "assistant", options
    return Opened(ASSISTANT)


@contextmanager
def opened(
    folder: Path, *, open_model: Any = assistant, names: Mapping[str, str] = NAMES, **told: Any
) -> Iterator[Room]:
    """The room in `folder`; see `opened_room.opened` for what may be told."""
    with opened_room.opened(PRACTICE, folder, open_model=open_model, models=dict(names), **told) as found:
        yield Room(found.context, found.store, found.ledger, found.keyring, found.actor, Service(found.context))
