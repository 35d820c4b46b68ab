"""Organisations with real workspaces, whose witnesses are reached over real HTTP."""

import os
import threading
import time
from contextlib import contextmanager

import pytest
import uvicorn
from fastapi import FastAPI

from kept.app import App
from kept.core.founding import Founding, found
from kept.core.ledger import Draft
from kept.core.statement import Statement, Subject
from kept.practices.ledger.web import router

TYPE = "https://kept.example/predicates/test/v1"


class Organisation:
    """A workspace, opened anew for each verb as the command line does it."""

    def __init__(self, folder):
        self.folder = folder
        self.app = App.open(folder)
        self.actor = self.app.actor(None)

    @property
    def service(self):
        return self.app.service("ledger")

    def record(self, number, *, first=0, conceal=()):
        drafts = [
            Draft(
                Statement((Subject("thing", {"sha256": f"{at:064x}"}),), TYPE, {"number": at, "note": "n"}), "", conceal
            )
            for at in range(first, first + number)
        ]
        return self.app.ledger.record(drafts, by=self.actor)

    def close(self):
        self.app.close()
        self.app = None

    def reopen(self):
        if self.app:
            self.app.close()
        self.app = App.open(self.folder)


@pytest.fixture
def organisation(tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("KEPT_PASSPHRASE", raising=False)
    made = []

    def make(name, **founding):
        found(Founding(tmp_path / name, name, **founding), entropy=os.urandom)
        made.append(Organisation(tmp_path / name))
        return made[-1]

    yield make
    for one in made:
        if one.app:
            one.app.close()


@contextmanager
def served(organisation):
    """The organisation's witness and public files, at the URL that is yielded."""
    application = FastAPI(openapi_url=None)
    application.include_router(router(lambda: organisation.service))
    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
