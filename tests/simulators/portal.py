"""The portal of a workspace in a test: every room mounted, and people who have signed in."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kept import app
from kept.core.accounts import Account
from kept.core.accounts.settings import PortalSettings
from kept.core.founding import Founding, found
from kept.core.keys.secret import VARIABLE
from kept.interface.allowance import Allowance
from kept.surfaces.portal.cookies import SESSION
from kept.surfaces.portal.standing import Standings
from kept.surfaces.web import application

ADDRESS = "https://portal.test"
SETTINGS = PortalSettings(url=ADDRESS)
COOKIE = f"__Host-{SESSION}"


@dataclass(frozen=True)
class Portal:
    """An opened workspace behind its pages; `client` belongs to nobody."""

    app: app.App
    asgi: Any
    client: TestClient

    @property
    def built(self) -> FastAPI:
        """The application behind what guards it."""
        found = self.asgi
        while not isinstance(found, FastAPI):
            found = found._inner
        return found

    def person(self, name: str, *roles: str) -> tuple[TestClient, Account]:
        """A browser in which somebody with these roles has signed in, and their account; no password is hashed."""
        accounts = self.app.accounts
        known = {account.name: account for account in accounts.everyone()}
        account = known.get(name) or accounts.invite(name, roles=roles)
        browser = new_browser(self.asgi)
        carry(browser, accounts.open_session(account))
        return browser, account


def new_browser(asgi: Any) -> TestClient:
    """A browser without cookies, that asks for pages."""
    return TestClient(asgi, base_url=ADDRESS, headers={"accept": "text/html,*/*;q=0.8"}, follow_redirects=False)


def carry(browser: TestClient, session: str) -> None:
    """Put the cookie of a session into a browser."""
    browser.cookies.set(COOKIE, session, domain="portal.test", path="/")


def csrf(browser: TestClient, page: str = "/account/password") -> str:
    """What a form of a page must carry."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', browser.get(page).text)
    assert found, f"{page} has no form"
    return found[1]


def post(browser: TestClient, address: str, fields: Mapping[str, Any], *, page: str = "/account/password") -> Any:
    """Post a form as the page `page` would send it."""
    return browser.post(address, data={"csrf": csrf(browser, page), **fields})


@cache
def _founded(passphrase: str) -> TemporaryDirectory[str]:
    """A new workspace and its state, with a table for all that it may hold, to be copied."""
    made = TemporaryDirectory()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEPT_STATE", f"{made.name}/state")
        workspace = found(Founding(Path(made.name) / "acme", "Acme AI", others=app.signing_roles()), entropy=os.urandom)
        opened = app.App.open(workspace.folder)
        opened.found()
        opened.close()
    return made


@contextmanager
def portal(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    url: str = "",
    models: str = "",
    settings: PortalSettings = SETTINGS,
) -> Iterator[Portal]:
    """The portal of a new workspace in `folder`; `url` names another store, `models` lines of [models]."""
    shutil.copytree(_founded(os.environ.get(VARIABLE, "")).name, folder, dirs_exist_ok=True)
    monkeypatch.setenv("KEPT_STATE", str(folder / "state"))
    file = folder / "acme" / "kept.toml"
    text = file.read_text()
    if url:
        text = re.sub(r'url = "[^"]*"', f'url = "{url}"', text)
    file.write_text(text.replace("[models]\n", f"[models]\n{models}\n"))
    opened = app.App.open(file.parent)
    try:
        asgi = application(
            app.practices().values(),
            opened.service,
            accounts=lambda: opened.accounts,
            organisation=opened.workspace.name,
            allowance=Allowance(lambda: 0.0, rate=1, burst=1e9),
            standings=Standings(lambda: opened.service("reporting").status(), lambda: opened.ledger.size()),
            settings=settings,
            unheard=lambda: opened.notifier.unheard(),
        )
        yield Portal(opened, asgi, new_browser(asgi))
    finally:
        opened.close()
