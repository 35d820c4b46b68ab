"""The check page in Chromium, on a real socket: dropped files, languages, a phone, the keyboard, and a screen reader's
rules."""

import base64
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FileChooser, Page, expect
from starlette.types import ASGIApp

from kept.practices.provenance.web.words import texts
from practices.provenance.web.test_page import EVIDENCE
from simulators.browser import chromium, complaints
from simulators.planted_room import PlantedRoom, picture
from simulators.served import served

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 780}
# Milliseconds that a busy machine may take; nothing is measured by it.
PATIENCE = 180_000
# Where a person wants to see the page: KEPT_SCREENSHOTS names a folder.
SCREENSHOTS = os.environ.get("KEPT_SCREENSHOTS")
DROP = """([encoded, type]) => {
  const bytes = Uint8Array.from(atob(encoded), (one) => one.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "dropped.png", { type }));
  document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { bubbles: true, dataTransfer: transfer }));
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def address(build: Callable[..., ASGIApp]) -> Iterator[str]:
    with served(build()) as url:
        yield f"{url}/provenance/"


def opened(browser: Browser, url: str, language: str = "en", **options: Any) -> Page:
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{url}?lang={language}")
    return page


def drop(page: Page, content: bytes, kind: str = "image/png") -> None:
    page.evaluate(DROP, [base64.b64encode(content).decode(), kind])
    page.wait_for_selector("#result")


def preview_width(page: Page) -> int:
    """Pixels of the picture shown, once it is read; the policy forbids what waits by evaluating texts."""
    found = page.locator(".preview img").evaluate(
        "async (image) => { await image.decode(); return image.naturalWidth; }"
    )
    return int(found)


def kept(page: Page, name: str) -> None:
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(
    ("language", "viewport", "scheme", "kind"),
    [
        ("en", PHONE, "dark", "recovered-ours"),
        ("en", WIDE, "light", "copied-mark-unknown"),
        ("ar", PHONE, "light", "trusted-manifest-unknown"),
        ("ar", WIDE, "dark", "tampered-ours"),
        ("es", PHONE, "light", "trusted-manifest-ours"),
        ("sw", PHONE, "dark", "fingerprint-only-ours"),
    ],
)
def test_a_dropped_file_shows_its_verdict_and_everyone_can_read_it(
    browser: Browser,
    address: str,
    room: PlantedRoom,
    language: str,
    viewport: dict[str, int],
    kind: str,
    scheme: str,
) -> None:
    page = opened(browser, address, language, viewport=viewport, color_scheme=scheme)
    assert complaints(page) == []
    kept(page, f"empty-{language}-{viewport['width']}-{scheme}")
    drop(page, room.plant(picture(4, width=900, height=600), EVIDENCE[kind]))
    said = texts(language)["verdict"][kind]
    assert page.locator("#result h2").inner_text() == said["title"].format(organisation="Acme AI")
    assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.evaluate("document.activeElement.id") == "result"
    assert preview_width(page) == 900
    assert complaints(page) == []
    kept(page, f"{kind}-{language}-{viewport['width']}-{scheme}")


def test_a_file_is_chosen_with_the_keyboard_and_another_after_it(
    browser: Browser, address: str, room: PlantedRoom
) -> None:
    page = opened(browser, address)
    # Whoever listens early has the browser hand its choosers over before a key is pressed.
    choosers: list[FileChooser] = []
    page.on("filechooser", lambda chooser: choosers.append(chooser))
    first = room.plant(picture(1), EVIDENCE["recovered-ours"])
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "file":
            break
    for _ in range(20):
        page.keyboard.press("Enter")
        page.wait_for_timeout(500)
        if choosers:
            break
    choosers[0].set_files({"name": "a.png", "mimeType": "image/png", "buffer": first})
    page.wait_for_selector("[data-verdict=recovered-ours]")
    page.locator("#file").set_input_files({"name": "b.png", "mimeType": "image/png", "buffer": picture(2)})
    page.wait_for_selector("[data-verdict=none-unknown]")
    assert page.locator("#result").count() == 1
    assert page.locator(".preview img").count() == 1


def test_what_can_not_be_checked_or_reached_is_said_on_the_page(
    browser: Browser, address: str, room: PlantedRoom
) -> None:
    page = opened(browser, address, "ar", viewport=PHONE)
    drop(page, b"only words", "text/plain")
    assert page.locator("#result p").first.inner_text() == texts("ar")["errors"]["kind"]
    assert page.locator("#result .why").get_attribute("dir") == "ltr"
    assert complaints(page) == []
    kept(page, "error-ar-360")
    page.context.set_offline(True)
    page.locator("#file").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": picture()})
    expect(page.locator("#status")).to_have_text(texts("ar")["page"]["unreachable"], timeout=PATIENCE)
    assert page.locator("#result").count() == 0


def test_the_page_works_without_javascript(browser: Browser, address: str, room: PlantedRoom) -> None:
    page = opened(browser, address, "es", viewport=PHONE, java_script_enabled=False)
    content = room.plant(picture(1), EVIDENCE["trusted-manifest-ours"])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator("#file").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": content})
    page.get_by_role("button", name=texts("es")["page"]["check"]).click()
    title = texts("es")["verdict"]["trusted-manifest-ours"]["title"].format(organisation="Acme AI")
    assert page.get_by_role("heading", name=title).is_visible()
    assert page.locator("html").get_attribute("lang") == "es"
    kept(page, "no-script-es-360")


def test_nothing_that_the_policy_forbids_is_tried_and_nothing_comes_from_elsewhere(
    browser: Browser, address: str, room: PlantedRoom
) -> None:
    page = browser.new_context().new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    drop(page, room.plant(picture(1), EVIDENCE["tampered-unknown"]))
    assert preview_width(page) > 0
    assert complaints == []
    assert [url for url in asked if not url.startswith((address.removesuffix("provenance/"), "blob:"))] == []
    answer = page.goto(address)
    assert answer is not None
    assert "script-src 'self'" in answer.headers["content-security-policy"]
