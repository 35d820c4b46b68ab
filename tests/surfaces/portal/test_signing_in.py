"""Signing in and out, by a browser's own steps."""

import asyncio
import re
import threading

import pytest
from anyio import to_thread

from kept.core.accounts import Account
from kept.interface.pages import TooOftenError
from kept.surfaces.portal import signing_in
from kept.surfaces.portal.signing_in import local
from simulators.portal import COOKIE, Portal, carry, csrf, new_browser, post


def test_the_first_sign_in_lets_one_do_nothing_but_choose_a_password(served: Portal) -> None:
    _, first = served.app.accounts.add("ada", display="Ada", roles=["triage"])
    answer = post(served.client, "/sign-in", {"name": "Ada ", "password": first}, page="/sign-in")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/password")
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert "samesite=lax" in answer.headers["set-cookie"].lower()
    assert "secure" in answer.headers["set-cookie"].lower()
    chosen = {"old": first, "new": "seven quiet herons", "again": "seven quiet herons"}
    before = served.client.cookies[COOKIE]
    answer = post(served.client, "/account/password", chosen)
    assert answer.headers["location"] == "/account"
    assert served.client.cookies[COOKIE] != before
    assert served.app.accounts.enter(before) is None
    assert served.app.accounts.enter(served.client.cookies[COOKIE]) is not None


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(served: Portal) -> None:
    served.app.accounts.add("ada")
    told = [
        post(new_browser(served.asgi), "/sign-in", {"name": name, "password": "wrong wrong wrong"}, page="/sign-in")
        for name in ("ada", "eve")
    ]
    assert {answer.status_code for answer in told} == {401}
    texts = {answer.text.replace(csrf(new_browser(served.asgi), "/sign-in"), "") for answer in told}
    assert len({len(text) for text in texts}) == 1
    assert ["ada" in re.findall(r'value="(ada|eve)" aria', answer.text) for answer in told] == [True, False]


def test_after_signing_out_a_stolen_cookie_is_worth_nothing(served: Portal) -> None:
    browser, _ = served.person("ada", "triage")
    stolen = browser.cookies[COOKIE]
    assert post(browser, "/sign-out", {}).headers["location"] == "/"
    assert COOKIE not in browser.cookies
    thief = new_browser(served.asgi)
    carry(thief, stolen)
    assert thief.get("/account/password").headers["location"] == "/sign-in?next=/account/password"


def test_a_session_that_was_planted_is_not_taken_over(served: Portal) -> None:
    _, first = served.app.accounts.add("ada")
    planted = f"{'0' * 16}.{'A' * 43}"
    carry(served.client, planted)
    post(served.client, "/sign-in", {"name": "ada", "password": first}, page="/sign-in")
    assert served.app.accounts.enter(planted) is None
    assert served.client.cookies[COOKIE] != planted


def test_a_form_from_elsewhere_is_refused(served: Portal) -> None:
    browser, _ = served.person("ada")
    other, _ = served.person("eve")
    for token in ("", "0" * 64, csrf(other), csrf(served.client, "/sign-in"), "é"):
        assert browser.post("/sign-out", data={"csrf": token}).status_code == 403
    assert browser.get("/account/password").status_code == 200


def test_a_form_of_nobody_counts_only_beside_the_cookie_it_was_given_with(served: Portal) -> None:
    token = csrf(served.client, "/sign-in")
    fields = {"csrf": token, "name": "ada", "password": "x"}
    assert new_browser(served.asgi).post("/sign-in", data=fields).status_code == 403
    forged = new_browser(served.asgi)
    forged.cookies.set("__Host-kept-form", f"aa.{'0' * 64}")
    assert forged.post("/sign-in", data=fields).status_code == 403
    assert served.client.post("/sign-in", data=fields).status_code == 401


@pytest.mark.parametrize(
    "address", ["//evil.test", "https://evil.test", "/\\evil.test", "/a\r\nx: y", "\\\\evil", "", "javascript:x", "/é"]
)
def test_nobody_is_sent_elsewhere(address: str) -> None:
    assert local(address) == "/"


def test_one_is_sent_to_the_page_one_came_for(served: Portal) -> None:
    account, first = served.app.accounts.add("ada")
    served.app.accounts.change_password(account.id, old=first, new="seven quiet herons")
    fields = {"name": "ada", "password": "seven quiet herons", "next": "/provenance/?lang=es"}
    assert post(served.client, "/sign-in", fields, page="/sign-in").headers["location"] == "/provenance/?lang=es"


def test_guessing_is_slowed_down_for_a_name_wherever_it_comes_from(served: Portal) -> None:
    fields = {"name": "ada", "password": "wrong", "csrf": csrf(served.client, "/sign-in")}
    told = [served.client.post("/sign-in", data=fields).status_code for _ in range(11)]
    assert told == [401] * 10 + [429]


def test_in_the_clear_nobody_signs_in(served: Portal) -> None:
    served.client.base_url = "http://portal.test"
    assert served.client.get("/sign-in").status_code == 403


def test_where_many_passwords_wait_to_be_hashed_the_next_is_asked_to_come_back() -> None:
    async def flood() -> tuple[int, int, int]:
        guesses, go = signing_in.Guesses(lambda: 0.0), threading.Event()
        account = Account("p-0123456789abcdef", "ada", "Ada", ())

        def hashing() -> Account:
            assert go.wait(20)
            return account

        async def late() -> None:
            while guesses.waiting < signing_in.WAITING:
                await asyncio.sleep(0.01)
            with pytest.raises(TooOftenError):
                await guesses.check(hashing)
            # A page that needs a thread still gets one.
            assert await to_thread.run_sync(lambda: "a page") == "a page"
            go.set()

        found = await asyncio.gather(*(guesses.check(hashing) for _ in range(signing_in.WAITING + 2)), late())
        return len(found), guesses.waiting, found.count(account)

    assert asyncio.run(flood()) == (signing_in.WAITING + 3, 0, signing_in.WAITING + 2)
