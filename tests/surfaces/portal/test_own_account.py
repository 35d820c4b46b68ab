"""One's own account in a browser: keys, other sessions, and nobody else's."""

import re

import pytest

from simulators.portal import COOKIE, Portal, new_browser, post


def test_a_key_is_shown_once_works_and_is_revoked_at_once(served: Portal) -> None:
    browser, account = served.person("ada", "triage")
    shown = post(browser, "/account/keys", {"label": "nightly <job>", "days": "30"}).text
    secret = re.search(r"<code>(kept-[^<]+)</code>", shown)
    assert secret
    assert "nightly &lt;job&gt;" in shown
    assert secret[1] not in browser.get("/account").text
    program = new_browser(served.asgi)
    program.headers["authorization"] = f"Bearer {secret[1]}"
    assert account.display in program.get("/").text
    (key,) = served.app.accounts.keys(account)
    assert post(browser, f"/account/keys/{key.id}/revoke", {}).status_code == 303
    assert account.display not in program.get("/").text


def test_a_program_changes_no_account(served: Portal) -> None:
    _, account = served.person("ada", "admin")
    _, secret = served.app.accounts.add_key(account, label="a program")
    program = new_browser(served.asgi)
    program.headers.update({"authorization": f"Bearer {secret}", "accept": "*/*"})
    form = {"content-type": "application/x-www-form-urlencoded"}
    for path in ("/account", "/accounts", "/account/password"):
        assert program.get(path).status_code == 401
    for path in ("/account/keys", "/accounts", "/account/sessions/end", "/account/password"):
        assert program.post(path, headers=form).status_code == 401


def test_another_persons_key_is_not_there(served: Portal) -> None:
    _, ada = served.person("ada", "admin")
    key, _ = served.app.accounts.add_key(ada, label="a program")
    mallory, _ = served.person("mallory", "triage")
    assert post(mallory, f"/account/keys/{key.id}/revoke", {}).status_code == 404
    assert key in served.app.accounts.keys(ada)


def test_signing_out_elsewhere_leaves_this_browser_in(served: Portal) -> None:
    here, _ = served.person("ada")
    there, _ = served.person("ada")
    before = here.cookies[COOKIE]
    post(here, "/account/sessions/end", {})
    assert here.cookies[COOKIE] != before
    assert here.get("/account").status_code == 200
    assert there.get("/account").headers["location"] == "/sign-in?next=/account"


@pytest.mark.parametrize("days", ["0", "-1", "1e3", "99999", "٣"])
def test_a_key_works_for_a_number_of_days(served: Portal, days: str) -> None:
    browser, account = served.person("ada")
    assert post(browser, "/account/keys", {"label": "x", "days": days}).status_code == 400
    assert not served.app.accounts.keys(account)


def test_a_key_that_can_not_be_made_is_said_beside_its_field_and_nothing_is_typed_again(served: Portal) -> None:
    browser, account = served.person("ada", "triage")
    page = post(browser, "/account/keys", {"label": 'A "robot"', "days": "9999"})
    assert (page.status_code, "<h1>Your account</h1>" in page.text) == (400, True)
    assert 'value="A &quot;robot&quot;"' in page.text
    assert 'aria-invalid="true" aria-describedby="wrong" autofocus value="9999"' in page.text
    assert "A key works for 1 to 3650 days." in page.text.partition('id="wrong"')[2]
    assert not served.app.accounts.keys(account)
