"""Where a cell has to stop follows from its outcomes and the plan alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core.estimate import stopping_point
from kept.errors import Invalid
from kept.predicates.stopping import Watched

WATCHED = Watched(("b", "a"), bound=0.1, alpha=0.05, prompts=80, trials=1)
LOW, HIGH = ("r",) * 80, ("s",) * 80
BELOW = WATCHED.stop(LOW).prompts
ABOVE = WATCHED.stop(HIGH).prompts

outcomes = st.lists(st.sampled_from("sru"), max_size=80).map(tuple)


def test_the_prompts_of_a_cell_are_ordered_by_the_plans_probes() -> None:
    assert WATCHED.in_order({"a": ("2", "4"), "b": ("1", "3", "5")}) == ("1", "2", "3", "4", "5")
    assert WATCHED.in_order({"a": ("2",), "b": ()}) == ("", "2")
    assert WATCHED.in_order({"a": ("2", ""), "b": ("", "")}) == ("", "2")
    assert WATCHED.in_order({"a": ("1", "2")}) == ("1", "2")
    assert WATCHED.in_order({}) == ()


def test_a_probe_that_was_not_planned_has_no_place() -> None:
    with pytest.raises(Invalid, match="no probe 'c'"):
        WATCHED.in_order({"c": ("s",)})


def test_a_cell_stops_at_the_decision_neither_before_nor_after() -> None:
    assert WATCHED.stop(LOW).decision == "below"
    assert 1 < ABOVE < BELOW < 80
    for clusters, after in ((LOW, BELOW), (HIGH, ABOVE)):
        assert WATCHED.fault(clusters[:after], completed=True) == ""
        assert "stopped although nothing was decided" in WATCHED.fault(clusters[: after - 1], completed=True)
        assert "went on after it was found" in WATCHED.fault(clusters[: after + 1], completed=True)


@given(outcomes, st.booleans())
def test_whoever_follows_the_rule_is_never_at_fault(clusters: tuple[str, ...], completed: bool) -> None:
    whole = (*clusters, *"r" * (80 - len(clusters)))
    point = stopping_point(whole, bound=WATCHED.bound, alpha=WATCHED.alpha)
    assert WATCHED.fault(whole[: point.prompts], completed=completed) == ""


@given(outcomes)
def test_what_is_not_assessed_decides_nothing_sooner(clusters: tuple[str, ...]) -> None:
    best = WATCHED.stop(tuple(cluster.replace("u", "r") for cluster in clusters))
    found = WATCHED.stop(clusters)
    if found.decision == "below":
        assert best.decision == "below"
        assert best.prompts <= found.prompts


def test_a_cell_of_which_nothing_can_be_assessed_runs_to_its_end_undecided() -> None:
    assert WATCHED.stop(("u",) * 80) == ("open", 80)
    assert WATCHED.fault(("u",) * 80, completed=True) == ""


def test_an_abandoned_cell_may_lack_its_last_prompt_and_no_other() -> None:
    assert WATCHED.fault(LOW[:3], completed=False) == ""
    assert WATCHED.fault((), completed=False) == ""
    assert WATCHED.fault(("r", "", "r"), completed=False) == "left out a prompt"
    assert "went on" in WATCHED.fault(LOW[: BELOW + 1], completed=False)
    many = Watched(("a",), bound=0.1, alpha=0.05, prompts=80, trials=2)
    assert many.fault(("rr", "r"), completed=False) == ""
    assert many.fault(("rr", "r"), completed=True) == "lacks some of the attempts at a prompt"
    assert many.fault(("r", "rr"), completed=False) == "left out a prompt"
