"""The browser computes the readings of a recorded posture again as Python does, and fails where Python does."""

from typing import Any

import pytest
from playwright.sync_api import Page

from kept.practices.reporting.methods.studies import studies
from simulators import postures
from simulators.two_readers import STUDIES


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
    (told,) = page.evaluate(STUDIES, [plain(log)])
    assert told.get("value") == studies(log), told


@pytest.mark.parametrize("what", postures.FALSE)
def test_what_python_refuses_fails_here(page: Page, what: str) -> None:
    (told,) = page.evaluate(STUDIES, [plain(postures.FALSE[what]())])
    assert told.get("kind") == "Failure", told
    assert "posture" in told["error"] or "measures" in told["error"] or "index 9" in told["error"], told
