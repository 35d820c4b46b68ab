"""Every page of every room can be read by everyone: in light and dark, on a phone, from right to left."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from simulators.browser import chromium, complaints
from simulators.portal_pages import PAGES, Page, Shown, shown

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
# Where a person wants to see the pages: KEPT_SCREENSHOTS names a folder.
SCREENSHOTS = os.environ.get("KEPT_SCREENSHOTS")


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    with pytest.MonkeyPatch.context() as patched, shown(tmp_path_factory.mktemp("pages"), patched) as found:
        yield found


@pytest.fixture(scope="module")
def browser(portal: Shown) -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_everyone_can_read_it(browser: Browser, portal: Shown, page: Page) -> None:
    cookies = portal.cookies.get(page.who, {})
    context = browser.new_context(viewport=WIDE, color_scheme="light")
    context.add_cookies([{"name": name, "value": value, "url": portal.url} for name, value in cookies.items()])
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    answer = tab.goto(page.address(portal))
    assert answer is not None
    assert answer.status == page.status
    assert [one for one in complaints if f"status of {page.status}" not in one] == []
    assert [url for url in asked if not url.startswith(portal.url)] == []
    look(tab, page, "wide-light")
    tab.emulate_media(color_scheme="dark")
    tab.set_viewport_size(PHONE)
    look(tab, page, "phone-dark")
    tab.emulate_media(color_scheme="light")
    address = page.address(portal)
    tab.goto(f"{address}{'&' if '?' in address else '?'}lang=ar")
    look(tab, page, "phone-ar")
    context.close()


def test_on_paper_it_is_dark_on_white_whatever_the_screen_was_with_what_is_folded_away(
    browser: Browser, portal: Shown
) -> None:
    context = browser.new_context(viewport=WIDE, color_scheme="dark")
    tab = context.new_page()
    tab.goto(portal.url)
    missing = tab.locator(".promises details li").first
    shades = (
        "['color', 'backgroundColor'].map((each) => getComputedStyle(document.body)[each].match(/\\d+/g).map(Number))"
    )
    ink, paper = tab.evaluate(shades)
    assert min(ink) > max(paper)
    assert not missing.is_visible()
    tab.emulate_media(media="print")
    ink, paper = tab.evaluate(shades)
    assert max(ink) < 64
    assert min(paper) == 255
    assert missing.is_visible()
    assert not tab.locator("nav").first.is_visible()
    context.close()


# What stands in a row of a table that is laid out as a card, and reaches out of it.
SPILLS = """
[...document.querySelectorAll(".stacks tbody tr")].flatMap((row) => {
  const card = row.getBoundingClientRect();
  const outside = ({ left, right, width }) => width && (right > card.right + 1 || left < card.left - 1);
  const all = getComputedStyle(row).display === "block" ? [...row.querySelectorAll("*")] : [];
  return all.filter((each) => outside(each.getBoundingClientRect())).map((each) => each.outerHTML);
})
"""
SETTLED = """
Promise.all(document.getAnimations().filter((each) => each instanceof CSSTransition).map((each) => each.finished))
"""


def look(tab: Any, page: Page, name: str) -> None:
    # Colours that are on their way from one to another have the contrast of neither.
    tab.evaluate(SETTLED)
    if SCREENSHOTS:
        tab.screenshot(path=Path(SCREENSHOTS) / f"{re.sub(r'[^a-z]+', '-', str(page))}{name}.png", full_page=True)
    assert complaints(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= tab.viewport_size["width"]
    assert tab.evaluate(SPILLS) == []
    assert tab.locator("h1").count() == 1
    assert tab.title()


@pytest.mark.parametrize("page", [page for page in PAGES if page.route in ("/", "/red-team/workspace/")], ids=str)
def test_by_the_keyboard_one_comes_to_the_content_first(browser: Browser, portal: Shown, page: Page) -> None:
    context = browser.new_context(viewport=PHONE)
    tab = context.new_page()
    tab.goto(page.address(portal))
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"
    context.close()
