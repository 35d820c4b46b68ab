"""The portal's people on PostgreSQL, through pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kept.core.accounts import passwords
from simulators.authenticator import Authenticator
from simulators.portal import COOKIE, Portal, csrf, new_browser, portal, post


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> Iterator[Portal]:
    monkeypatch.setattr(passwords, "COST", 2**10)
    with portal(tmp_path, monkeypatch, url=postgres_url) as opened:
        assert not opened.app.accounts.is_at_hand
        yield opened


def test_a_person_signs_in_chooses_a_password_makes_a_passkey_and_leaves(served: Portal) -> None:
    _, first = served.app.accounts.add("ada", roles=["admin"])
    browser = served.client
    post(browser, "/sign-in", {"name": "ada", "password": first}, page="/sign-in")
    chosen = {"old": first, "new": "seven quiet herons", "again": "seven quiet herons"}
    assert post(browser, "/account/password", chosen).headers["location"] == "/account"
    token = {"x-csrf": csrf(browser, "/account"), "accept": "application/json"}
    device = Authenticator()
    options = browser.post("/account/passkeys/begin", json={}, headers=token).json()
    told = {"credential": device.create(options), "label": "a key"}
    assert browser.post("/account/passkeys", json=told, headers=token).json() == {"to": "/account"}
    assert "a key" in browser.get("/account").text
    assert post(browser, "/accounts", {"name": "bo", "roles": "triage"}).status_code == 200
    stolen = browser.cookies[COOKIE]
    post(browser, "/sign-out", {})
    assert served.app.accounts.enter(stolen) is None
    other = new_browser(served.asgi)
    token = {"x-csrf": csrf(other, "/sign-in"), "accept": "application/json"}
    options = other.post("/sign-in/passkey/begin", json={}, headers=token).json()
    told = {"credential": device.get(options), "next": "/accounts"}
    assert other.post("/sign-in/passkey", json=told, headers=token).json() == {"to": "/accounts"}
    assert "bo" in other.get("/accounts").text
