"""The page that verifies a report, open in a browser for the tests of a module."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from kept.practices.reporting.backends.html import verifier_page
from simulators.browser import chromium


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page with nothing to verify yet; in the end it has thrown nothing that nobody caught."""
    path = tmp_path_factory.mktemp("page") / "verify.html"
    path.write_bytes(verifier_page("kept test"))
    with chromium() as browser:
        opened = browser.new_page()
        errors: list[str] = []
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.goto(path.as_uri())
        yield opened
        assert not errors
