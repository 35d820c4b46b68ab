"""The tester's workspace in Chromium: by the keyboard alone, on a phone, live by htmx, and what goes wrong is said."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from simulators.browser import chromium
from simulators.portal_pages import Shown, shown

PHONE = {"width": 390, "height": 844}
# Milliseconds that a busy machine may take; nothing is measured by it.
PATIENCE = 60_000


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    with pytest.MonkeyPatch.context() as patched, shown(tmp_path_factory.mktemp("workspace"), patched) as found:
        yield found


@pytest.fixture(scope="module")
def browser(portal: Shown) -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def tab(browser: Browser, portal: Shown) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{portal.url}/red-team/workspace/")
    yield page
    context.close()


def come_in(tab: Page, portal: Shown) -> None:
    """With the keyboard alone: past the head of the page to the token, and from there to a new session."""
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.id") == "token"
    tab.keyboard.insert_text(portal.cookies["tester"]["kept-tester"])
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#strategy")
    tab.locator("#strategy").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#text")


def test_a_conversation_is_live_and_the_cursor_stays_where_one_types(tab: Page, portal: Shown) -> None:
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    come_in(tab, portal)
    address = tab.url
    tab.evaluate("window.untouched = true")
    tab.locator("#text").focus()
    tab.keyboard.insert_text("Hello & <i>welcome</i>.")
    tab.keyboard.press("Control+Enter")
    tab.wait_for_selector("#turn-1")
    expect(tab.locator("#text")).to_have_value("", timeout=PATIENCE)
    expect(tab.locator("#text")).to_be_focused(timeout=PATIENCE)
    assert tab.locator("#turn-0 .said").inner_text() == "Hello & <i>welcome</i>."
    assert "Hello" in tab.locator("#status").inner_text()
    tab.check("input[name=offer-open_drawer]")
    tab.locator("#tools button").click()
    tab.wait_for_selector("#tools details[open]")
    tab.locator("#text").fill("Open it.")
    tab.locator("#say button").click()
    tab.wait_for_selector(".result textarea")
    tab.locator(".result textarea").fill("It is empty.")
    tab.locator(".result button").click()
    tab.wait_for_selector("#turn-5")
    assert (tab.url, tab.evaluate("window.untouched")) == (address, True)
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert complaints == []


def test_what_was_typed_is_not_lost_when_no_answer_comes(tab: Page, portal: Shown) -> None:
    come_in(tab, portal)
    tab.locator("#text").fill("Not lost.")
    tab.route("**/say", lambda route: route.abort())
    tab.locator("#say button").click()
    expect(tab.locator("#status")).to_contain_text("still here", timeout=PATIENCE)
    assert tab.locator("#text").input_value() == "Not lost."
    tab.unroute("**/say")

    def too_often(route: Route) -> None:
        route.fulfill(status=429, content_type="application/json", body='{"code": "web.allowance"}')

    tab.route("**/say", too_often)
    tab.locator("#say button").click()
    tab.wait_for_selector("#status.notice")
    assert tab.locator("#text").input_value() == "Not lost."
    tab.unroute("**/say")
    tab.locator("#text").fill("raise Unavailable")
    tab.locator("#say button").click()
    tab.wait_for_selector("#error")
    assert tab.locator("#text").input_value() == "raise Unavailable"


def test_it_all_works_without_javascript(browser: Browser, portal: Shown) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE)
    tab.goto(f"{portal.url}/red-team/workspace/")
    tab.locator("#token").fill(portal.cookies["tester"]["kept-tester"])
    tab.locator("#token").press("Enter")
    tab.locator("#strategy").press("Enter")
    tab.locator("#text").fill("Hello.")
    tab.locator("#say button").click()
    tab.locator("#turn-1").wait_for()
    tab.locator("#file").set_input_files({"name": "seen.txt", "mimeType": "text/plain", "buffer": b"seen"})
    tab.locator("#evidence button").click()
    tab.locator(".files li").wait_for()
    tab.locator("input[value=resisted]").check()
    tab.locator("#finish button").click()
    tab.get_by_text("Seal:").wait_for()
    assert tab.locator("textarea").count() == 0
    context.close()
