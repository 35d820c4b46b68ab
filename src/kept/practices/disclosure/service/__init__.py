"""The verbs of the disclosure room."""

from __future__ import annotations

from kept.core.context import Context
from kept.practices.disclosure.records import Settings
from kept.practices.disclosure.service.programmes import Programmes
from kept.practices.disclosure.service.triage import Triage


class Service(Programmes, Triage):
    """Publishes programmes, takes in reports, and sees them through."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings: Settings = context.settings or Settings()
