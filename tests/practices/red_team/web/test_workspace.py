"""The tester's workspace in a browser without JavaScript: plain forms, a cookie, and nothing outside the invitation."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from kept.interface.portal.words import languages, texts
from kept.practices.red_team.methods.probes import DOMAINS
from kept.practices.red_team.web.workspace import PACKAGE, WORKSPACE
from practices.red_team.web.conftest import TOOLS, Invite
from simulators.portal import Portal, new_browser, post

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 9


def entered(opened: Portal, token: str) -> TestClient:
    browser = new_browser(opened.asgi)
    answer = post(browser, f"{WORKSPACE}/enter", {"token": f" {token}\n"}, page=f"{WORKSPACE}/")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{WORKSPACE}/")
    return browser


def started(browser: TestClient, **told: str) -> str:
    given = {"model": "assistant", "domain": "cyber", "strategy": "crescendo", **told}
    answer = post(browser, f"{WORKSPACE}/sessions", given, page=f"{WORKSPACE}/")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def does(browser: TestClient, at: str, what: str, **told: str) -> Any:
    return post(browser, f"{at}/{what}", told, page=at)


def test_the_token_is_kept_in_a_cookie_of_the_workspace_alone_and_stands_in_no_address(
    opened: Portal, invite: Invite
) -> None:
    browser, token = new_browser(opened.asgi), invite().token
    answer = post(browser, f"{WORKSPACE}/enter", {"token": token}, page=f"{WORKSPACE}/")
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if "tester" in one]
    assert cookie.startswith(f"__Secure-kept-tester={token}; HttpOnly; Path=/red-team/workspace; SameSite=strict; Sec")
    assert token not in browser.get(f"{WORKSPACE}/").text
    assert token not in str([answer.headers["location"], started(browser)])
    assert not browser.get("/").request.headers.get("cookie", "").count("tester")
    answer = post(browser, f"{WORKSPACE}/leave", {}, page=f"{WORKSPACE}/")
    assert 'tester=""' in answer.headers["set-cookie"]
    assert 'name="token"' in browser.get(f"{WORKSPACE}/").text


@pytest.mark.parametrize("token", ["", "x", "kept-i-0000000000000000-" + "0" * 64, "<script>", "x" * 9000])
def test_a_wrong_token_opens_nothing_and_is_not_kept(opened: Portal, token: str) -> None:
    browser = new_browser(opened.asgi)
    answer = post(browser, f"{WORKSPACE}/enter", {"token": token}, page=f"{WORKSPACE}/")
    assert answer.status_code == 401
    assert texts(PACKAGE, "en")["enter"]["refused"] in answer.text
    assert "<script>" not in answer.text
    assert not [cookie for cookie in browser.cookies.jar if "tester" in cookie.name]


def test_what_is_left_and_what_is_allowed_is_on_every_page(opened: Portal, invite: Invite) -> None:
    browser = entered(opened, invite().token)
    at = started(browser)
    does(browser, at, "say", text="Hello.")
    for address in (f"{WORKSPACE}/", at):
        page = browser.get(address).text
        for told in ("9 of 10", "1 January 2999, 00:00 UTC", "assistant", "Computer security, Biology", *TOOLS):
            assert told in page, (address, told)
        assert page.count("<li>", page.index('class="rules"')) >= 8


def test_a_whole_session_by_plain_forms(opened: Portal, invite: Invite) -> None:
    browser = entered(opened, invite().token)
    at = started(browser)
    assert does(browser, at, "tools", **{"offer-open_drawer": "yes", "description-open_drawer": "Opens."}).is_redirect
    assert does(browser, at, "say", text="Open\r\nit & <b>tell</b>.").headers["location"] == f"{at}#last"
    page = browser.get(at).text
    assert "Open\nit &amp; &lt;b&gt;tell&lt;/b&gt;." in page
    assert "<b>tell" not in page
    assert "Result of open_drawer" in page
    does(browser, at, "say", text="It is empty.", reply_to="call_1")
    does(browser, at, "note", turn="1", note="polite")
    shown = opened.app.service("red_team").external_show(at.rpartition("/")[2])
    assert [(turn.message.role, turn.note) for turn in shown.turns] == [
        ("user", ""),
        ("assistant", "polite"),
        ("tool", ""),
        ("assistant", ""),
    ]
    assert shown.turns[0].message.content == "Open\nit & <b>tell</b>."
    ended = does(browser, at, "finish", outcome="resisted", note="held")
    assert ended.headers["location"] == at
    page = browser.get(at).text
    assert opened.app.service("red_team").external_show(at.rpartition("/")[2]).digest in page
    assert "<textarea" not in page


def upload(browser: TestClient, at: str, name: str, content: bytes, token: str | None = None) -> Any:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', browser.get(at).text)
    assert found
    files = {"file": (name, content, "application/octet-stream")} if name else {}
    fields = {"csrf": found[1] if token is None else token}
    return browser.post(f"{at}/evidence", data=fields, files=files or {"file": ("", b"")})


def test_files_are_taken_by_their_name_and_bytes(opened: Portal, invite: Invite) -> None:
    browser = entered(opened, invite().token)
    at = started(browser)
    assert upload(browser, at, "shot.PNG", PNG).headers["location"] == f"{at}#evidence"
    assert upload(browser, at, "talk.md", b"# What it said").status_code == 303
    for name, content, status in (
        ("shot.png", b"<svg onload=alert(1)>", 400),
        ("run.exe", b"MZ", 400),
        ("../../up.txt", b"x", 400),
        ("", b"", 400),
    ):
        answer = upload(browser, at, name, content)
        assert (answer.status_code, "<svg" in answer.text) == (status, False), name
    assert upload(browser, at, "x.txt", b"x" * (2 * 1024 * 1024)).status_code == 413
    assert upload(browser, at, "x.txt", b"x", token="0" * 64).status_code == 403
    shown = opened.app.service("red_team").external_show(at.rpartition("/")[2])
    assert [(one.name, one.media_type) for one in shown.evidence] == [
        ("shot.PNG", "image/png"),
        ("talk.md", "text/plain"),
    ]


def test_what_the_invitation_does_not_allow_is_refused_and_said(opened: Portal, invite: Invite) -> None:
    browser = entered(opened, invite().token)
    answer = post(
        browser, f"{WORKSPACE}/sessions", {"model": "organism:rules", "domain": "cyber"}, page=f"{WORKSPACE}/"
    )
    assert (answer.status_code, "allow the model" in answer.text) == (403, True)
    at = started(browser)
    answer = does(browser, at, "tools", **{"offer-launch": "yes"})
    assert (answer.status_code, "allow the tool" in answer.text) == (403, True)
    for parameters in ("{", "[" * 5000, '"text"'):
        told = {"offer-open_drawer": "yes", "parameters-open_drawer": parameters}
        assert does(browser, at, "tools", **told).status_code == 400
    assert does(browser, at, "tools").status_code == 400
    for turn in ("7", "-1", "x", "٣", "9" * 40):
        assert does(browser, at, "note", turn=turn, note="n").status_code in (400, 404)
    assert does(browser, at, "finish", outcome="won").status_code == 400


def test_what_was_typed_is_still_there_when_it_was_not_taken(opened: Portal, invite: Invite) -> None:
    browser = entered(opened, invite(requests=1).token)
    at = started(browser)
    failed = does(browser, at, "say", text="raise Unavailable")
    assert (failed.status_code, "This went wrong." in failed.text) == (503, True)
    spent = does(browser, at, "say", text="Once more.")
    assert spent.status_code == 403
    assert texts(PACKAGE, "en")["left"]["spent_over"] in spent.text
    assert does(browser, at, "finish", outcome="unassessed").status_code == 303


def test_a_session_of_another_tester_is_as_one_that_is_not_there(opened: Portal, invite: Invite) -> None:
    other = started(entered(opened, invite().token))
    browser = entered(opened, invite().token)
    own = started(browser)
    missing = f"{WORKSPACE}/sessions/s-0000000000000000"
    for at in (other, missing):
        assert browser.get(at).status_code == 404
        assert post(browser, f"{at}/say", {"text": "x"}, page=own).status_code == 404
        assert post(browser, f"{at}/finish", {"outcome": "resisted"}, page=own).status_code == 404


def test_a_revoked_invitation_can_be_read_and_nothing_more(opened: Portal, invite: Invite) -> None:
    made = invite()
    browser = entered(opened, made.token)
    at = started(browser)
    opened.app.service("red_team").external_revoke(made.invitation.id)
    page = browser.get(f"{WORKSPACE}/")
    assert (page.status_code, texts(PACKAGE, "en")["left"]["over"] in page.text) == (200, True)
    assert post(browser, f"{at}/say", {"text": "x"}, page=f"{WORKSPACE}/").status_code == 403


def test_a_form_that_came_from_elsewhere_does_nothing(opened: Portal, invite: Invite) -> None:
    browser = entered(opened, invite().token)
    at = started(browser)
    for what, told in (
        ("say", {"text": "x"}),
        ("finish", {"outcome": "resisted"}),
        ("note", {"turn": "0", "note": "n"}),
    ):
        for token in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "é"}):
            assert browser.post(f"{at}/{what}", data={**told, **token}).status_code == 403
    assert browser.post(f"{WORKSPACE}/enter", data={"token": "x"}).status_code == 403
    assert opened.app.service("red_team").external_show(at.rpartition("/")[2]).turns == ()


def test_nothing_crosses_a_network_in_the_clear(opened: Portal) -> None:
    clear = TestClient(opened.asgi, base_url="http://portal.test", client=("192.0.2.1", 1))
    assert clear.get(f"{WORKSPACE}/").status_code == 403


def test_every_domain_has_a_name_in_every_language() -> None:
    for language in languages(PACKAGE):
        assert set(texts(PACKAGE, language)["domain"]) == set(DOMAINS)


def test_nothing_is_inline_and_what_is_live_also_works_as_a_plain_form(opened: Portal, invite: Invite) -> None:
    browser = entered(opened, invite().token)
    page = browser.get(started(browser)).text
    assert not re.findall(r"<style|style=|<script>|javascript:|\son[a-z]+=", page)
    for form in re.findall(r"<form[^>]*hx-post[^>]*>", page):
        action, live = re.search(r'action="([^"]+)"', form), re.search(r'hx-post="([^"]+)"', form)
        assert action
        assert live
        assert (action[1], 'method="post"' in form) == (live[1], True)
