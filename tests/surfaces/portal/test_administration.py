"""The accounts of everyone, which only an admin may change."""

import re

import pytest

from simulators.portal import Portal, post

HOSTILE = "<script>alert(1)</script>\"'&"


def test_an_admin_adds_changes_and_disables(served: Portal) -> None:
    admin, _ = served.person("root-ada", "admin")
    shown = post(admin, "/accounts", {"name": "bo", "display": HOSTILE, "roles": "triage reward"}).text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;" in shown
    password = re.search(r'role="status">.*<code>([a-z0-9-]+)</code>', shown)
    assert password
    bo = served.app.accounts.sign_in("bo", password[1])
    assert bo.roles == ("reward", "triage")
    browser, _ = served.person("bo")
    assert post(admin, f"/accounts/{bo.id}/roles", {"roles": "publish"}).status_code == 303
    assert served.app.accounts.account("bo").roles == ("publish",)
    assert post(admin, f"/accounts/{bo.id}/disable", {}).status_code == 303
    assert browser.get("/account").headers["location"] == "/sign-in?next=/account"


@pytest.mark.parametrize("roles", ["", "triage", "publish reward share"])
def test_nobody_else_does(served: Portal, roles: str) -> None:
    _, ada = served.person("root-ada", "admin")
    browser, own = served.person("mallory", *roles.split())
    assert browser.get("/accounts").status_code == 403
    assert post(browser, "/accounts", {"name": "x", "roles": "admin"}).status_code == 403
    for account in (ada, own):
        for change in ("roles", "disable", "password", "sign-out", "enable"):
            assert post(browser, f"/accounts/{account.id}/{change}", {"roles": "admin"}).status_code == 403
    assert served.client.get("/accounts").headers["location"] == "/sign-in?next=/accounts"
    assert {account.name for account in served.app.accounts.everyone()} == {"root-ada", "mallory"}


def test_what_is_wrong_is_said_on_the_page(served: Portal) -> None:
    admin, account = served.person("root-ada", "admin")
    for fields in ({"name": "a b"}, {"name": "root-ada"}, {"name": "x", "roles": "provider"}):
        assert 'role="alert"' in post(admin, "/accounts", fields).text
    typed = {"name": "bo", "display": "Bo & co", "roles": "provider triage", "password": "no"}
    page = post(admin, "/accounts", typed).text.partition('id="new"')[2]
    assert all(f'value="{text}"' in page for text in ("bo", "Bo &amp; co", "provider triage"))
    assert 'value="no" checked' in page
    assert post(admin, f"/accounts/{account.id}/disable", {}).status_code == 409
    assert post(admin, f"/accounts/{account.id}/launch", {}).status_code == 404
    assert post(admin, "/accounts/x'%20OR%201=1/disable", {}).status_code == 404
