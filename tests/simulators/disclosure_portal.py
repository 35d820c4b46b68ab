"""The portal of a workspace that takes reports: a programme is published, and a triager has a key."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage
import pytest

from kept import app
from kept.core.actor import Actor
from kept.interface.allowance import Allowance
from kept.practices.disclosure.service import Service
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.surfaces.web import application
from simulators.portal import Portal, portal

MODELS = 'assistant = "openai:https://api.example/v1#assistant-1"'


@dataclass(frozen=True)
class Reported:
    """The portal, the room behind it, the triager's identity, and the provider, who may do everything."""

    portal: Portal
    service: Service
    triager: Any
    provider: Actor

    @property
    def recipients(self) -> list[str]:
        return list(self.service.recipients())

    def tell(self, case: str, kind: str, details: Mapping[str, Any]) -> None:
        """Write an event of a case that its reporter sees, as the part of the room does that it is of."""
        book = Casebook(self.service._context)
        told = {"by": self.provider.id, "audience": "reporter", "details": details}
        self.portal.app.store.write(lambda connection: book.append(connection, case, kind, **told))

    def served(self) -> Any:
        """The same application, that answers to any host, as a browser on this machine asks it."""
        opened = self.portal.app
        return application(
            app.practices().values(),
            opened.service,
            accounts=lambda: opened.accounts,
            organisation=opened.workspace.name,
            allowance=Allowance(lambda: 0.0, rate=1, burst=1e9),
        )


@contextmanager
def reporting(folder: Path, monkeypatch: pytest.MonkeyPatch, *, settings: str = "") -> Iterator[Reported]:
    """Such a portal in `folder`; `settings` are lines of [practices.disclosure]."""
    settings = f'[practices.disclosure]\npublic_url = "https://acme.example"\n{settings}'
    with portal(folder, monkeypatch, models=MODELS) as opened:
        file = opened.app.workspace.folder / "kept.toml"
        file.write_text(f"{file.read_text()}\n{settings}\n")
        again = app.App.open(opened.app.workspace.folder)
        opened.app.workspace = again.workspace
        service, provider = opened.app.service("disclosure"), opened.app.actor(None)
        service.programme_new(Service.programme_example().encode(), by=provider)
        asyncio.run(service.programme_publish("assistant", by=provider))
        triager = pyrage.x25519.Identity.generate()
        service.keys_add("tess", str(triager.to_public()), by=provider)
        yield Reported(opened, service, triager, provider)
