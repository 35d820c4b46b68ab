"""The browser finds the medians of a summary of reports as Python does, and fails where Python does."""

import random
from typing import Any

import pytest
from playwright.sync_api import Error, Page

from kept.errors import KeptError
from kept.practices.reporting.methods.governance.remaining import remaining
from kept.practices.reporting.records import Known
from kept.predicates import disclosure_advisory, disclosure_fix, disclosure_summary
from simulators import advisories
from simulators.disclosures import fix, summary, took
from simulators.two_readers import both_refuse, by_browser, by_python, known


def drawn() -> list[dict[str, Any]]:
    chance = random.Random(11)
    found = []
    for n in (0, 1, 5, 6, 7, 12, 40, 150):
        for ended in (1.0, 0.6, 0.1):
            days = [round(chance.expovariate(1 / 20), chance.choice((0, 2))) for _ in range(n)]
            cut = round(n * ended)
            times = took(*days[:cut], still=days[cut:])
            level = chance.choice((0.9, 0.95, 0.99))
            found.append(summary(times, times[: n // 2], decided=n // 2, reproduced=n // 3, level=level))
    return found


def test_what_holds_here_holds_there(page: Page) -> None:
    cases = [[known(9, disclosure_summary.TYPE, each)] for each in drawn()]
    cases.append([known(9, disclosure_fix.TYPE, {**fix(evidence=(3,)), "evidence": [3]})])
    for own, theirs in zip(map(by_python, cases), by_browser(page, cases), strict=True):
        assert not isinstance(own, KeptError), own
        assert "value" in theirs, theirs
        assert [each["figures"] for each in own] == [each["figures"] for each in theirs["value"]]


def test_what_fails_here_fails_there(page: Page) -> None:
    whole = summary()
    wrong: list[dict[str, Any]] = [
        {**whole, **more}
        for more in (
            {"overdue": 5},
            {"reproduced": 9},
            {"unpublished": 6},
            {"unpublished": 1},
            {"received": 9},
            {"until": "2026-01-01T00:00:00Z"},
            {"fix": whole["fix"][::-1]},
            {"fix": whole["fix"][1:]},
            {"time_to_fix": {**whole["time_to_fix"], "high": 31.0}},
            {"time_to_acknowledge": {**whole["time_to_acknowledge"], "low": 0.4}},
            {"time_to_acknowledge": {**whole["time_to_acknowledge"], "ended": 9}},
            {"reproduction": {**whole["reproduction"], "low": 0.9}},
            {"reporter": "Eve"},
        )
    ]
    cases = [[known(9, disclosure_summary.TYPE, each)] for each in wrong]
    both_refuse(page, [*cases, [known(9, disclosure_fix.TYPE, {**fix(), "evidence": [12]})]])


def test_an_advisory_that_lacks_what_the_page_tells_is_refused_by_both(page: Page) -> None:
    whole = advisories.stated()
    script = "([said]) => window.kept.remainingOf([{ ...said, actors: [] }]).length"
    assert page.evaluate(script, [known(9, disclosure_advisory.TYPE, whole)]) == 1
    for lacking in ("reports", "severity"):
        said = {name: value for name, value in whole.items() if name != lacking}
        with pytest.raises(KeptError, match="malformed"):
            remaining([Known(9, disclosure_advisory.TYPE, "", said)])
        with pytest.raises(Error, match=f"malformed at {lacking}"):
            page.evaluate(script, [known(9, disclosure_advisory.TYPE, said)])
