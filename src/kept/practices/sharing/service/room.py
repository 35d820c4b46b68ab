"""The verbs of the sharing room."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

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
