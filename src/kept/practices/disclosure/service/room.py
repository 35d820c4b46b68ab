"""The verbs of the disclosure room."""

from __future__ import annotations

from pathlib import Path

from kept.core.actor import Actor
from kept.core.context import Context
from kept.practices.disclosure.records import Settings
from kept.practices.disclosure.service.advisories import Advisories
from kept.practices.disclosure.service.importing import Importing
from kept.practices.disclosure.service.publishing import Publishing
from kept.practices.disclosure.service.replaying import Replaying
from kept.practices.disclosure.service.rewarding import Rewarding
from kept.practices.disclosure.service.sealing import Sealing
from kept.practices.disclosure.service.threads import Threads
from kept.practices.disclosure.service.triage import Triage


class Service(Advisories, Importing, Publishing, Threads, Sealing, Triage, Replaying, Rewarding):
    """Publishes programmes, takes in reports, and sees them through."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings: Settings = context.settings or Settings()

    @property
    def settings(self) -> Settings:
        """What kept.toml says of the room."""
        return self._settings

    async def demonstrate(self, out: Path, *, by: Actor) -> tuple[dict[str, str], ...]:
        """Show one course of a report, whose readers' identities are written into `out`; see `Demonstration`.

        Raises Unavailable where the extra is missing, Conflict where it was shown before, and NotFound where kept.toml
        names no "assistant" and "assistant-2".
        """
        from kept.practices.disclosure.service.demonstrating import Demonstration

        return await Demonstration(self, self._context.workspace.models).run(out, by=by)
