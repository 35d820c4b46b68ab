"""Passkeys, with a device in software that can be made to lie."""

from typing import Any

import cbor2
import pytest
from starlette.testclient import TestClient

from simulators.authenticator import PRESENT, Authenticator, padless, unpadded
from simulators.portal import COOKIE, Portal, csrf, new_browser, post


def asked(browser: TestClient, path: str, value: Any, *, page: str) -> Any:
    return browser.post(path, json=value, headers={"x-csrf": csrf(browser, page), "accept": "application/json"})


def registered(served: Portal, device: Authenticator, name: str = "ada") -> Any:
    browser, _ = served.person(name, "triage")
    options = asked(browser, "/account/passkeys/begin", {}, page="/account").json()
    told = {"credential": device.create(options), "label": "Ada's key"}
    return asked(browser, "/account/passkeys", told, page="/account")


def entered(browser: TestClient, device: Authenticator, **told: Any) -> Any:
    options = asked(browser, "/sign-in/passkey/begin", {}, page="/sign-in").json()
    return asked(browser, "/sign-in/passkey", {"credential": device.get(options), **told}, page="/sign-in")


def test_a_passkey_is_made_and_lets_its_owner_in(served: Portal) -> None:
    device = Authenticator()
    assert registered(served, device).json() == {"to": "/account"}
    answer = entered(served.client, device, next="/account")
    assert answer.json() == {"to": "/account"}
    assert "ada" in served.client.get("/account").text
    assert entered(new_browser(served.asgi), device, next="//evil.test").json() == {"to": "/"}


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.test"},
        {"origin": "http://portal.test"},
        {"flags": PRESENT},
        {"flags": 0},
        {"count": -1},
    ],
    ids=["another page", "in the clear", "person unknown", "nobody there", "a copy of the device"],
)
def test_a_device_that_lies_lets_nobody_in(served: Portal, lie: dict[str, Any]) -> None:
    device = Authenticator(count=5)
    registered(served, device)
    for name, value in lie.items():
        setattr(device, name, value)
    answer = entered(served.client, device)
    assert (answer.status_code, answer.json()["code"]) == (401, "accounts.refused")
    assert COOKIE not in served.client.cookies


@pytest.mark.parametrize(
    "changed",
    [
        {"fmt": "android-safetynet", "attStmt": {"ver": "2.0", "response": 5}},
        {
            "fmt": "tpm",
            "attStmt": {"ver": "2.0", "certInfo": b"", "pubArea": b"", "alg": -7, "sig": b"", "x5c": [b"x"]},
        },
        {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"x", "x5c": [b"\x30\x82"]}},
        {"authData": b""},
        {"authData": 7},
    ],
    ids=lambda changed: str(changed.get("fmt", "data")),
)
def test_a_device_that_says_what_no_device_does_is_not_taken(served: Portal, changed: dict[str, Any]) -> None:
    browser, _ = served.person("ada", "triage")
    options = asked(browser, "/account/passkeys/begin", {}, page="/account").json()
    credential = Authenticator().create(options)
    said = cbor2.loads(unpadded(credential["response"]["attestationObject"])) | changed
    credential["response"]["attestationObject"] = padless(cbor2.dumps(said))
    answer = asked(browser, "/account/passkeys", {"credential": credential}, page="/account")
    assert (answer.status_code, answer.json()["code"]) == (400, "accounts.passkey")


def test_an_answer_works_once_and_for_whoever_asked(served: Portal) -> None:
    device = Authenticator()
    registered(served, device)
    options = asked(served.client, "/sign-in/passkey/begin", {}, page="/sign-in").json()
    told = {"credential": device.get(options)}
    thief = new_browser(served.asgi)
    assert asked(thief, "/sign-in/passkey", told, page="/sign-in").status_code == 401
    assert asked(served.client, "/sign-in/passkey", told, page="/sign-in").status_code == 200
    assert asked(served.client, "/sign-in/passkey", told, page="/account").status_code == 401


def test_an_answer_to_another_challenge_is_refused(served: Portal) -> None:
    device = Authenticator()
    registered(served, device)
    old = asked(served.client, "/sign-in/passkey/begin", {}, page="/sign-in").json()
    asked(served.client, "/sign-in/passkey/begin", {}, page="/sign-in")
    assert asked(served.client, "/sign-in/passkey", {"credential": device.get(old)}, page="/sign-in").status_code == 401


def test_a_passkey_that_was_removed_or_of_a_disabled_person_lets_nobody_in(served: Portal) -> None:
    served.person("root-ada", "admin")
    device, other = Authenticator(), Authenticator()
    registered(served, device)
    registered(served, other, "bo")
    browser, account = served.person("ada")
    (passkey,) = served.app.accounts.passkeys(account)
    stranger, _ = served.person("bo")
    assert post(stranger, f"/account/passkeys/{passkey.id}/remove", {}).status_code == 404
    assert post(browser, f"/account/passkeys/{passkey.id}/remove", {}).status_code == 303
    assert entered(served.client, device).status_code == 401
    served.app.accounts.disable("bo")
    assert entered(served.client, other).status_code == 401


@pytest.mark.parametrize("credential", [None, 7, [], {}, {"id": 7}, {"id": "x" * 5000}, {"id": "x", "response": {}}])
def test_what_is_no_credential_is_refused(served: Portal, credential: object) -> None:
    asked(served.client, "/sign-in/passkey/begin", {}, page="/sign-in")
    answer = asked(served.client, "/sign-in/passkey", {"credential": credential}, page="/sign-in")
    assert answer.status_code == 401
    browser, account = served.person("ada")
    asked(browser, "/account/passkeys/begin", {}, page="/account")
    assert asked(browser, "/account/passkeys", {"credential": credential}, page="/account").status_code == 400
    assert not served.app.accounts.passkeys(account)


def test_another_page_cannot_ask(served: Portal) -> None:
    for path in ("/sign-in/passkey/begin", "/sign-in/passkey", "/account/passkeys/begin", "/account/passkeys"):
        assert new_browser(served.asgi).post(path, json={}).status_code == 403
