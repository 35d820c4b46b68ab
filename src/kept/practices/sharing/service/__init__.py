"""The verbs of the sharing room."""

from __future__ import annotations

from kept.core.context import Context
from kept.practices.sharing.records import Settings
from kept.practices.sharing.service.peering import Peering


class Service(Peering):
    """Exchanges objects with peers, and says who may read which."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings: Settings = context.settings or Settings()
