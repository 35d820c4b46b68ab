"""A person's path in Chromium: a weakness is reported without a name, a reply is read, and the code is renewed."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from kept.interface.portal.words import texts
from kept.interface.portal.writing import moment
from kept.practices.disclosure.methods.bundles import read_bundle
from kept.practices.disclosure.records import Conversation, Turn
from kept.practices.disclosure.web.addresses import PACKAGE
from simulators.browser import chromium, complaints
from simulators.disclosure_portal import Reported
from simulators.reporter import Reporter
from simulators.served import served

PATIENCE = 120_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(reported: Reported) -> Iterator[str]:
    with served(reported.served()) as url:
        yield url


def visited(browser: Browser, url: str, **options: Any) -> Page:
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    return page


def fill(page: Page) -> None:
    page.fill("#title", "It tells the card <script>alert(1)</script>")
    page.fill("#what", "Asked in verse, it tells what it was told to keep.")
    page.fill("#steps", "Ask in verse.")


def send(page: Page) -> str:
    page.click("form#report button")
    page.wait_for_selector("#receipt:not([hidden])")
    return page.inner_text("#code")


def entered(page: Page, code: str) -> None:
    page.fill("#typed", code)
    page.click("form#enter button")
    page.wait_for_selector("#inside:not([hidden])")


def test_a_report_and_its_reply(reported: Reported, browser: Browser, address: str, tmp_path: Path) -> None:
    spoken: list[str] = []
    page = visited(browser, f"{address}/disclosure/")
    page.on("request", lambda request: spoken.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    assert complaints(page) == []
    page.click("text=Report a weakness >> nth=-1")
    page.wait_for_selector("form#report")
    fill(page)
    assert page.is_hidden("#conversation")
    page.check("input[value=conversation]")
    page.fill("#conversation", "user: Sing of the card\nassistant: The card is 7\nof hearts")
    page.click("details summary >> text=More")
    notes = tmp_path / "notes.txt"
    notes.write_text("notes")
    page.set_input_files("#files", notes)
    assert complaints(page) == []
    code = send(page)
    assert complaints(page) == []
    assert {url.partition("/disclosure")[0].partition("/static")[0] for url in spoken} == {address}

    number = page.inner_text("#number")
    with page.expect_download() as saving:
        page.click("#copy")
    copy = Path(saving.value.path()).read_bytes()
    assert copy == reported.service.fetch(number, by=reported.provider)
    own = read_bundle(Reporter(code).opened(copy))
    assert own.what == "Asked in verse, it tells what it was told to keep."
    salted = hashlib.sha256(bytes.fromhex(page.inner_text("#salt")) + hashlib.sha256(copy).digest()).hexdigest()
    assert page.inner_text("#digest") == f"sha256:{salted}"
    kept = reported.service.open(number, identities=[str(reported.triager)], by=reported.provider)
    assert kept.title == "It tells the card <script>alert(1)</script>"
    assert kept.conversations == (
        Conversation((Turn("user", "Sing of the card"), Turn("assistant", "The card is 7\nof hearts"))),
    )
    assert [(file.name, file.content) for file in kept.attachments] == [("notes.txt", b"notes")]
    assert reported.service.show(number, by=reported.provider).route == "page"

    reported.service.triage_move(number, "assessing", reason="<b>Which</b> card?", by=reported.provider)
    replayed = {"reproduced": True, "bounds": [457_208]}
    rewarded = {"reward": "w-0123456789abcdef", "state": "approved", "amount": 2_500, "currency": "JPY"}
    for kind, details in (("replayed", replayed), ("rewarded", rewarded)):
        reported.tell(number, kind, details)
    reported.service.triage_extend(number, "fix", 5, reason="More.", by=reported.provider)
    reported.service.reply(number, "Which model was it? <img src=x onerror=alert(1)>", by=reported.provider)
    page.click("text=Read a reply")
    page.wait_for_selector("form#enter:not([hidden])")
    page.fill("#typed", code[:-1] + ("A" if code[-1] != "A" else "B"))
    page.click("form#enter button")
    page.wait_for_selector("#told[data-tone=bad]")
    entered(page, code)
    assert page.inner_text("#messages .said") == "Which model was it? <img src=x onerror=alert(1)>"
    assert page.inner_text("#happened .said >> nth=0") == "<b>Which</b> card?"
    times = page.eval_on_selector_all("#inside time", "all => all.map((each) => [each.dateTime, each.textContent])")
    assert len(times) > 4
    assert all(moment("en", at).endswith(f">{told}</time>") for at, told in times), "as pages write it"
    page.eval_on_selector_all("#happened :is(small, .said)", "all => all.forEach((each) => each.remove())")
    assert [each.strip() for each in page.locator("#happened li").all_inner_texts()] == [
        "received", "being assessed", "replayed (it came back)", "reward (promised) 2,500 JPY", "more time (fix: +5 d)",
        "reply",
    ]  # fmt: skip
    assert page.inner_text("#state") == "It is being looked into."
    page.fill("#message", "The newest.")
    page.click("form#write button")
    page.wait_for_selector("#messages li:nth-child(2)")
    assert complaints(page) == []
    found = reported.service.messages(number, by=reported.provider)
    assert [each.author for each in found] == ["team", "reporter"]

    # The new code holds, and its answer is lost on the way.
    page.route("**/thread/replace", lambda route: (route.fetch(), route.abort()))
    page.click("#replace")
    page.wait_for_selector("#told[data-tone=bad]")
    assert page.inner_text("#told") == "That did not work. Nothing is lost: try again."
    fresh = page.inner_text("#renewed .code")
    assert fresh != code
    page.unroute("**/thread/replace")
    page.reload()
    page.wait_for_selector("form#enter:not([hidden])")
    page.fill("#typed", code)
    page.click("form#enter button")
    page.wait_for_selector("#told[data-tone=bad]")
    entered(page, fresh)
    assert page.locator("#messages .said").all_inner_texts() == [
        "Which model was it? <img src=x onerror=alert(1)>",
        "The newest.",
    ]
    page.click("#replace")
    page.wait_for_selector("#events tr:has-text('replaced') >> nth=1")
    assert page.inner_text("#renewed .code") not in (code, fresh)


def test_a_refusal_is_told_in_the_readers_language_and_what_has_no_words_in_it_beside_it_in_english(
    browser: Browser, address: str
) -> None:
    page = visited(browser, f"{address}/disclosure/report/assistant?lang=de")
    page.wait_for_selector("form#report:not([hidden])")
    fill(page)
    known, unknown = (
        f'{{"code": "{code}", "message": "There is no room.", "hint": "Try tomorrow."}}'
        for code in ("report.full", "report.unheard-of")
    )
    answers = [
        {"status": 503, "body": known},
        {"status": 503, "body": unknown},
        {"status": 502, "body": "<h1>Bad Gateway</h1>"},
    ]
    page.route("**/disclosure/reports", lambda route: route.fulfill(**answers.pop(0)))
    failed, english = texts(PACKAGE, "de")["told"]["failed"], "There is no room. Try tomorrow."
    for told in (texts(PACKAGE, "de")["refusal"]["report.full"], f"{failed} {english}", failed):
        page.click("form#report button")
        page.wait_for_function("told => document.getElementById('told').textContent === told", arg=told)
        assert page.locator("#told [lang=en]").all_inner_texts() == ([english] if english in told else [])


def test_the_age_command_opens_what_a_browser_sealed(
    reported: Reported, browser: Browser, address: str, tmp_path: Path
) -> None:
    if shutil.which("age") is None:
        pytest.skip("age is not installed (Debian's package: age)")
    page = visited(browser, f"{address}/disclosure/report/assistant")
    page.wait_for_selector("form#report:not([hidden])")
    fill(page)
    send(page)
    sealed, key = tmp_path / "report.age", tmp_path / "key.txt"
    sealed.write_bytes(reported.service.fetch(page.inner_text("#number"), by=reported.provider))
    key.write_text(f"{reported.triager}\n")
    plain = subprocess.run(["age", "-d", "-i", key, sealed], capture_output=True, check=True).stdout
    listed = subprocess.run(["tar", "-x", "-O", "report.json"], input=plain, capture_output=True, check=True).stdout
    assert b"Asked in verse" in listed


def test_a_phone_a_keyboard_and_a_language_from_right_to_left(browser: Browser, address: str) -> None:
    page = visited(browser, f"{address}/disclosure/report/assistant?lang=ar", viewport={"width": 360, "height": 780})
    page.wait_for_selector("form#report:not([hidden])")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.focus("#title")
    page.keyboard.type("Typed")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "what"
    assert complaints(page) == []


def test_without_javascript_there_is_a_plain_path(browser: Browser, address: str) -> None:
    page = visited(browser, f"{address}/disclosure/report/assistant", java_script_enabled=False)
    page.click("noscript a, main a >> nth=0")
    page.wait_for_selector("input[type=file]")
    assert "recipients.txt" in page.content()
    shown = visited(browser, page.url)
    assert complaints(shown) == []
