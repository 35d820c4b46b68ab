"""A triager opens a sealed report in Chromium: with a real key, which never leaves the page any more than the text."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from kept.practices.disclosure.methods.bundles import write_bundle
from kept.practices.disclosure.records import Attachment, Conversation, Report, Template, Turn
from kept.surfaces.portal.cookies import SESSION
from simulators.browser import chromium
from simulators.disclosure_portal import Reported
from simulators.portal import post
from simulators.reporter import Reporter, seal, sealed
from simulators.served import served

HOME = "/disclosure/triage"
SECRET = "Asked in verse, it tells what it was told to keep."
HTML = b"<script>document.title = 'run'</script>"
NAMES = ["../../evil.html", "evil.html", "con.txt"]
# As which kinds the page gives out files.
KINDS = """
window.kinds = [];
const made = URL.createObjectURL;
URL.createObjectURL = (blob) => { window.kinds.push(blob.type); return made.call(URL, blob); };
"""
# An identity file under a passphrase, with less work than usual.
LOCKED = """
async (text) => {
  const age = await import(document.getElementById("open").dataset.age);
  const encrypter = new age.Encrypter();
  encrypter.setPassphrase("a long phrase");
  encrypter.setScryptWorkFactor(8);
  return Array.from(await encrypter.encrypt(new TextEncoder().encode(text)));
}
"""
REPORT = Report(
    "It tells <img src=x onerror=alert(1)>",
    SECRET,
    model="assistant",
    steps="Ask in verse.",
    severity="high",
    conversations=(Conversation((Turn("user", "Sing"), Turn("assistant", "<b>Seven</b>"))),),
    template=Template("Sing of {{card}}", (("card", ("seven", "nine")),)),
    attachments=tuple(Attachment(name, "text/html", hashlib.sha256(HTML).hexdigest(), HTML) for name in NAMES),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(reported: Reported) -> Iterator[str]:
    with served(reported.served()) as url:
        yield url


@pytest.fixture
def triager(reported: Reported, browser: Browser, address: str) -> Iterator[Page]:
    accounts = reported.portal.app.accounts
    known = {account.name: account for account in accounts.everyone()}
    account = known.get("ada") or accounts.invite("ada", roles=("triage",))
    context = browser.new_context()
    context.add_cookies([{"name": SESSION, "value": accounts.open_session(account), "url": address}])
    page = context.new_page()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    context.close()


def sent(reported: Reported, report: Report = REPORT) -> tuple[str, Reporter]:
    reporter = Reporter()
    made = reported.service.submit(reporter.submission(), sealed(*reported.recipients, report=report))
    return made.report, reporter


def visited(page: Page, address: str, number: str) -> None:
    page.goto(f"{address}{HOME}/{number}/read")
    page.wait_for_selector("form#open:not([hidden])")


def refused(page: Page) -> str:
    page.click("form#open button")
    page.wait_for_selector("#told[data-tone=bad]:not([hidden])")
    return page.inner_text("#told")


def kinds(reported: Reported, number: str) -> list[tuple[str, str]]:
    return [(each.kind, each.by) for each in reported.service.triage_show(number, by=reported.provider).events]


def test_a_report_is_opened_by_a_key_that_never_leaves_the_page(
    reported: Reported, triager: Page, address: str, tmp_path: Path
) -> None:
    number, reporter = sent(reported)
    session = reported.service.thread_enter(reporter.keys.handle, reporter.keys.secret)
    keys = [*reported.recipients, reporter.recipient]
    reported.service.thread_write(session.token, seal(b"Which <i>card</i>?", *keys), submission="d" * 32)
    triager.add_init_script(KINDS)
    spoken: list[Any] = []
    triager.on("request", lambda request: spoken.append((request.url, request.post_data or "", request.headers)))
    visited(triager, address, number)
    key = tmp_path / "ada.txt"
    key.write_text(f"# public key: {reported.triager.to_public()}\n{reported.triager}\n")
    triager.set_input_files("#identity", key)
    triager.click("form#open button")
    triager.wait_for_selector("#report:not([hidden])")

    assert triager.inner_text("#report-title") == REPORT.title
    shown = triager.inner_text("#said")
    for text in (SECRET, "Ask in verse.", "<b>Seven</b>", "card = seven | nine", "Which <i>card</i>?", "text/html"):
        assert text in shown
    assert triager.locator("#said :is(b, i, img, script, iframe)").count() == 0
    names = triager.locator("#said th[scope=row]").all_inner_texts()
    assert names == ["evil.html", "2-evil.html", "_con.txt"]
    assert [(one["id"]) for one in Axe().run(triager).response["violations"]] == []
    with triager.expect_download() as saving:
        triager.click("#said a >> nth=0")
    assert saving.value.suggested_filename == "evil.html"
    assert Path(saving.value.path()).read_bytes() == HTML
    assert set(triager.evaluate("kinds")) == {"application/octet-stream"}

    # Neither the key nor the text went anywhere, and neither lies in what a browser keeps.
    said = json.dumps(spoken)
    assert str(reported.triager)[20:] not in said
    assert SECRET not in said
    assert all(url.startswith((address, f"blob:{address}")) for url, _, _ in spoken)
    assert triager.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert triager.evaluate("document.getElementById('identity').files.length") == 0
    kind, who = kinds(reported, number)[-1]
    assert kind == "opened"
    assert who not in ("reporter", reported.provider.id)

    triager.click("#leave")
    assert SECRET not in triager.content()
    triager.goto(f"{address}{HOME}/{number}")
    triager.go_back()
    triager.wait_for_selector("form#open:not([hidden])")
    assert SECRET not in triager.content()


def test_a_file_under_a_passphrase_and_what_does_not_open(
    reported: Reported, triager: Page, address: str, tmp_path: Path
) -> None:
    number, _ = sent(reported)
    visited(triager, address, number)
    assert "Choose your identity file" in refused(triager)
    triager.fill("#pasted", "AGE-SECRET-KEY-1NONSENSE")
    assert "no identity file" in refused(triager)
    triager.fill("#pasted", str(pyrage.x25519.Identity.generate()))
    assert "sealed to others" in refused(triager)
    assert triager.input_value("#pasted") == ""
    key = tmp_path / "ada.age"
    key.write_bytes(bytes(triager.evaluate(LOCKED, f"{reported.triager}\n")))
    triager.set_input_files("#identity", key)
    triager.fill("#passphrase", "another phrase")
    assert "not the passphrase" in refused(triager)
    triager.set_input_files("#identity", key)
    triager.fill("#passphrase", "a long phrase")
    triager.click("form#open button")
    triager.wait_for_selector("#report:not([hidden])")
    assert SECRET in triager.inner_text("#said")


def test_what_is_no_report_is_not_shown(reported: Reported, triager: Page, address: str) -> None:
    plain = write_bundle(REPORT)
    longer = plain[:124] + b"77777777777\0" + plain[136:]
    for data, told in ((longer, "no report"), (b'{"version": 2}', "no report"), (b"Plain <b>words</b>", "")):
        made = reported.service.submit(Reporter().submission(), seal(data, *reported.recipients))
        visited(triager, address, made.report)
        triager.fill("#pasted", str(reported.triager))
        if told:
            assert told in refused(triager)
            continue
        triager.click("form#open button")
        triager.wait_for_selector("#report:not([hidden])")
        assert "Plain <b>words</b>" in triager.inner_text("#said")


def test_without_javascript_the_sealed_file_is_saved_by_triagers_alone(reported: Reported) -> None:
    number, _ = sent(reported)
    page = f"{HOME}/{number}/read"
    ada, _ = reported.portal.person("ada", "triage")
    shown = ada.get(page)
    assert "noscript" in shown.text
    assert "inline" not in shown.headers["content-security-policy"]
    saved = post(ada, f"{HOME}/{number}/fetch", {}, page=page)
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"] == f'attachment; filename="{number}.age"'
    assert SECRET.encode() in pyrage.decrypt(saved.content, [reported.triager])
    assert ada.post(f"{HOME}/{number}/fetch").status_code == 415
    assert ada.post(f"{HOME}/{number}/fetch", data={"csrf": "0"}).status_code == 403
    mallory, _ = reported.portal.person("mallory", "reward", "admin", "publish")
    for part in ("fetch", "messages"):
        assert post(mallory, f"{HOME}/{number}/{part}", {}).status_code == 403
    assert mallory.get(page).status_code == 403
    reported.service.quarantine_move(number, reason="A recipe.", by=reported.provider)
    hidden = ada.get(page)
    assert "/disclosure/quarantine" in hidden.text
    assert "form id=" not in hidden.text
    assert post(ada, f"{HOME}/{number}/fetch", {}).status_code == 404
    assert [kind for kind, _ in kinds(reported, number)] == ["received", "opened", "quarantined"]


def test_an_action_of_a_case_leaves_the_page_where_it_is(reported: Reported, triager: Page, address: str) -> None:
    number, _ = sent(reported)
    triager.goto(f"{address}{HOME}/{number}")
    triager.evaluate("window.stayed = true")
    triager.click("summary:has-text('Note')")
    triager.fill("#text", "Seen <b>once</b>.")
    triager.click("button:has-text('Keep')")
    triager.wait_for_selector("li:has-text('Seen <b>once</b>.')")
    assert triager.evaluate("document.activeElement.id") == "latest"
    triager.click("summary:has-text('Merge')")
    triager.fill("#into", "r-nothing")
    triager.fill("#merge-reason", "The same.")
    triager.click("details:has(#into) button")
    triager.wait_for_selector("#failed")
    assert triager.evaluate("document.activeElement.id") == "failed"
    triager.click("button:has-text('Check the chain')")
    triager.wait_for_selector("text=The chain holds: 2 events")
    assert triager.evaluate("stayed")
    assert triager.url == f"{address}{HOME}/{number}"
