"""The browser computes the readings of a recorded posture again as Python does, and fails where Python does."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from kept.practices.reporting.backends.html import verifier_page
from kept.practices.reporting.methods.studies import studies
from simulators import postures
from simulators.browser import chromium

ALL = """
(logs) => logs.map((log) => {
  try { return { value: window.kept.studiesOf(log) }; }
  catch (error) { return { error: error.message, kind: error.constructor.name }; }
})
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    path = tmp_path_factory.mktemp("page") / "verify.html"
    path.write_bytes(verifier_page("kept test"))
    with chromium() as browser:
        opened = browser.new_page()
        opened.goto(path.as_uri())
        yield opened


def plain(log: postures.Log) -> list[dict[str, Any]]:
    return [
        {
            "index": each.index,
            "predicate": each.predicate,
            "model": each.model,
            "fields": each.fields,
            "roles": sorted(each.roles),
            "void": each.void,
        }
        for each in log
    ]


@pytest.mark.parametrize("what", [*postures.HONEST, *postures.GONE])
def test_what_holds_for_python_holds_here_with_the_same_words(page: Page, what: str) -> None:
    log = {**postures.HONEST, **postures.GONE}[what]()
    (told,) = page.evaluate(ALL, [plain(log)])
    assert told.get("value") == studies(log), told


@pytest.mark.parametrize("what", postures.FALSE)
def test_what_python_refuses_fails_here(page: Page, what: str) -> None:
    (told,) = page.evaluate(ALL, [plain(postures.FALSE[what]())])
    assert told.get("kind") == "Failure", told
    assert "posture" in told["error"] or "measures" in told["error"] or "index 9" in told["error"], told
