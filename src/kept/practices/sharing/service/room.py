"""The verbs of the sharing room."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kept.core.actor import Actor
from kept.core.context import Context
from kept.practices.sharing.records import Settings
from kept.practices.sharing.service.admitting import Admitting
from kept.practices.sharing.service.library import Library
from kept.practices.sharing.service.matching import Matching
from kept.practices.sharing.service.overseeing import Overseeing
from kept.practices.sharing.service.tracing import Tracing

if TYPE_CHECKING:
    from kept.practices.sharing.service.desk import Desk


class Service(Admitting, Library, Matching, Overseeing, Tracing):
    """Exchanges objects with peers, and says who may read which."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings: Settings = context.settings or Settings()

    @cached_property
    def desk(self) -> Desk:
        """What answers the readers of collections."""
        from kept.practices.sharing.service.desk import Desk

        return Desk(self._context, self._settings)

    @property
    def client_certificates(self) -> str:
        """The certificates that peers are known by, as PEM."""
        return self.desk.door.certificates()

    async def demonstrate(
        self, partner: Service, address: str, *, folder: Path, keys: tuple[str, str], by: tuple[Actor, Actor]
    ) -> tuple[dict[str, str], ...]:
        """Share a pattern with a partner, who tries it and answers: see `Demonstration.run`.

        `address` is where these collections are served, `folder` the partner's workspace; `keys` and `by` are each
        one's, ours first.
        """
        from kept.practices.sharing.service.demonstrating import Demonstration, Party

        names = (self._context.workspace.name, partner._context.workspace.name)
        ours, theirs = (
            Party(service, acting, name.lower().replace(" ", "-"), name, pem)
            for service, acting, name, pem in zip((self, partner), by, names, keys, strict=True)
        )
        return await Demonstration(ours, theirs).run(address, folder=folder)
