"""The page as people read it: by eye in light and dark, on a phone, from right to left, on paper, and by ear."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from kept.core.commitments import catalog
from kept.interface.portal.words import texts
from simulators.browser import chromium, complaints
from simulators.campaigns import Design
from simulators.comparisons import compared
from simulators.every_type import guard_weights, hear_of_weaknesses, mark_and_check
from simulators.provider import PROVIDER, Provider

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 780}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with something in every part."""
    provider = Provider(tmp_path_factory.mktemp("html") / "acme")
    compared(provider)
    design = Design(domains=("bio", "cyber"), prompts=6, succeeding=0.3)
    provider.publish_every_kind(design, decided=True)
    mark_and_check(provider, design.model.id)
    guard_weights(provider, design.model.id)
    hear_of_weaknesses(provider, design.model.id)
    folder = provider.folder.parent
    provider.service.diff_record(folder / "earlier", folder / "report", by=PROVIDER)
    found = provider.report("report")
    provider.close()
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def opened(browser: Browser, path: Path, **options: Any) -> Page:
    page = browser.new_context(**options).new_page()
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.setAttribute('open', ''))")
    return page


@pytest.mark.parametrize("name", ["index.html", "verify.html"])
@pytest.mark.parametrize(("viewport", "scheme"), [(WIDE, "light"), (PHONE, "dark")], ids=["wide-light", "phone-dark"])
def test_axe_finds_nothing_to_complain_of(
    browser: Browser, report: Path, name: str, scheme: str, viewport: dict[str, int]
) -> None:
    assert complaints(opened(browser, report / name, color_scheme=scheme, viewport=viewport)) == []


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_nothing_sticks_out_of_the_page(
    browser: Browser, report: Path, direction: str, viewport: dict[str, int]
) -> None:
    page = opened(browser, report / "index.html", viewport=viewport)
    page.evaluate("(direction) => { document.documentElement.dir = direction; }", direction)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_each_promise_is_told_once_with_its_states_at_a_glance_and_what_they_mean(
    browser: Browser, report: Path
) -> None:
    page = opened(browser, report / "index.html")
    told = page.evaluate("""Object.fromEntries([...document.querySelectorAll(".glance a")].map((one) => {
      const all = (place) => [...place.querySelectorAll(".state")].map((each) => each.textContent);
      const words = (place) => [...new Set(all(place))].sort();
      return [one.hash, [words(one.parentElement), words(document.querySelector(one.hash))]]; }))""")
    assert list(told) == [f"#{commitment.id}" for commitment in catalog.load()]
    assert all(glance and glance == card for glance, card in told.values())
    meanings = page.evaluate("""Object.fromEntries([...document.querySelectorAll("#promises .meanings div")].map(
      (one) => [one.querySelector("dt").textContent.replace(" ", "_"), one.querySelector("dd").textContent]))""")
    said = texts("kept.surfaces", "en")["meaning"]
    shown = {word.replace(" ", "_") for glance, _ in told.values() for word in glance}
    assert meanings == {word: said[word] for word in said if word in shown}


def test_what_the_colours_say_is_said_in_words_too(browser: Browser, report: Path) -> None:
    page = opened(browser, report / "index.html")
    assert page.locator("[data-finding] .flag").first.inner_text() == "weakness found"
    states = page.evaluate("Array.from(document.querySelectorAll('tbody .cell'), (one) => one.textContent.trim())")
    assert set(states) == set(
        page.evaluate("Array.from(document.querySelectorAll('tbody .cell'), (one) => one.dataset.state)")
    )


def test_paper_shows_what_is_folded_away_on_a_screen(browser: Browser, report: Path) -> None:
    page = browser.new_page()
    page.goto((report / "index.html").as_uri())
    page.emulate_media(media="print")
    assert page.locator("#verify").is_hidden()
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")


def test_every_link_leads_somewhere_on_the_page(browser: Browser, report: Path) -> None:
    page = opened(browser, report / "index.html")
    script = "Array.from(document.querySelectorAll('a[href^=\"#\"]'), (a) => a.getAttribute('href').slice(1))"
    targets = set(page.evaluate(script))
    assert targets
    assert [one for one in targets if not page.evaluate("(id) => document.getElementById(id) !== null", one)] == []
