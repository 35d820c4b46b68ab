"""Comparisons in a report: computed again from both outcome files, so that a wrong one fails, whoever signed it."""

from dataclasses import replace
from typing import Any

import pytest

from kept.errors import Invalid, Unverified
from kept.practices.reporting.methods.comparisons import comparisons
from kept.practices.reporting.records import Known
from simulators.comparisons import ANALYSIS, FALSE, NO_PAIRS, SMALL, Change, Log, registered


def told(log: Log, known: list[Known] | None = None) -> dict[str, Any]:
    return comparisons(known or log.known(), log.campaigns(), log.files)


def test_an_honest_comparison_is_shown_with_its_regressions_and_what_it_follows() -> None:
    found = told(Log())
    (one,) = found["comparisons"]
    assert (one["state"], one["index"], one["preregistration"], one["cells"]) == ("recomputed", 5, 0, 4)
    assert {cell["strategy"] for cell in one["regressions"]} == {"plain", "world-host-twin"}
    assert one["deviations"] == []
    (registered,) = found["preregistrations"]
    assert (registered["index"], registered["followed_by"]) == (0, [5])
    assert [each["domain"] for each in registered["power"]["detectable"]] == ["bio", "cyber"]


def test_a_preregistration_that_nothing_followed_is_shown_too() -> None:
    found = told(Log(), Log().known()[:5])
    assert found["comparisons"] == []
    assert found["preregistrations"][0]["followed_by"] == []


def test_what_deviates_is_computed_from_both_statements() -> None:
    late = Log(first=4, states=("completed", "abandoned"))
    (one,) = told(late)["comparisons"]
    whats = [f"{each['of']}: {each['what']}" for each in one["deviations"]]
    assert whats == ["before: began earlier", "after: began earlier", "after: not completed"]


@pytest.mark.parametrize("change", FALSE.values(), ids=FALSE)
def test_what_does_not_follow_fails(change: Change) -> None:
    log = Log()
    fields = log.comparison()
    change(fields)
    with pytest.raises(Unverified, match="comparison at index 5") as caught:
        told(log, log.known(fields))
    assert caught.value.code == "report.comparison"


def test_a_deviation_that_is_left_out_fails() -> None:
    log = Log(first=4)
    fields = log.comparison()
    fields["deviations"] = []
    with pytest.raises(Unverified, match="deviations"):
        told(log, log.known(fields))


@pytest.mark.parametrize("log", NO_PAIRS, ids=["other prompts", "cells that stop early"])
def test_campaigns_that_are_no_pairs_fail(log: Log) -> None:
    with pytest.raises(Unverified, match="no pair"):
        told(log)


def test_power_that_does_not_follow_from_its_assumptions_fails() -> None:
    log = Log()
    plain = registered(log.plans[0])
    better = plain.power.detectable[0].model_copy(update={"difference": 0.001})
    log.stated = plain.model_copy(update={"power": plain.power.model_copy(update={"detectable": (better,)})})
    with pytest.raises(Unverified, match="preregistration at index 0 misstates"):
        told(log)


def test_another_shape_is_malformed() -> None:
    log = Log()
    with pytest.raises(Invalid):
        told(log, log.known({**log.comparison(), "remark": "x"}))


@pytest.mark.parametrize("erased", [0, 2, 4])
def test_what_rests_on_something_erased_is_unreadable_and_states_nothing(erased: int) -> None:
    log = Log()
    known = [replace(each, fields=None) if each.index == erased else each for each in log.known()]
    (one,) = told(log, known)["comparisons"]
    assert (one["state"], one["domains"], one["regressions"]) == ("unreadable", [], [])


def test_an_erased_comparison_is_passed_over() -> None:
    log = Log()
    known = [replace(each, fields=None) if each.index == 5 else each for each in log.known()]
    assert told(log, known)["comparisons"] == []


def test_without_a_margin_equivalence_is_not_asked() -> None:
    analysis = ANALYSIS.model_copy(update={"margin": None})
    log = Log(analysis=analysis, before=SMALL)
    log.stated = registered(log.plans[0], analysis)
    (one,) = told(log)["comparisons"]
    assert "equivalent" not in one["domains"][0]
    assert one["deviations"] == []
