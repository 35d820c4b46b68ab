"""SharingSighting reads back, names no partner, and is strict about what can't be."""

from typing import Any

import pytest

from kept.errors import Invalid, Unverified
from kept.predicates.sharing_replay_plan import SharingReplayPlan
from kept.predicates.sharing_sighting import SharingSighting
from simulators import sightings


def test_it_reads_back() -> None:
    made = SharingSighting.of(**sightings.result())
    assert SharingSighting.parse(made.to_statement(model_name="model")) == made
    assert made.confinement is None  # as in statements of before
    told = ("files", "network")
    assert SharingSighting.of(**sightings.result(confinement=told)).confinement == told


@pytest.mark.parametrize(
    "more",
    [
        {"outcomes": "sss"},
        {"counted": "ssssssssssssssssssssssssssssss"},
        {"error": 1},
        {"low": -1},
        {"partner": "Acme"},
        {"confinement": ["walls"]},
    ],
)
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        SharingSighting.of(**{**sightings.result(), **more})


@pytest.mark.parametrize(
    ("outcomes", "low", "high"), [("s" * 20, 831_566, 1_000_000), ("r" * 20, 0, 168_434), ("u" * 20, 0, 1_000_000)]
)
def test_the_limits_are_those_of_clopper_and_pearson(outcomes: str, low: int, high: int) -> None:
    made = SharingSighting.of(**sightings.result(outcomes))
    assert (made.low, made.high) == (low, high)
    made.check()


def test_a_figure_that_does_not_follow_is_unverified() -> None:
    for wrong in ({"low": 1}, {"high": 999_999}, {"bound": 999_999}):
        with pytest.raises(Unverified):
            SharingSighting.of(**{**sightings.result(), **wrong}).check()


def test_it_is_what_was_planned() -> None:
    made = SharingSighting.of(**sightings.result())
    made.check_planned(SharingReplayPlan.of(**sightings.plan()))
    with pytest.raises(Unverified):
        made.check_planned(SharingReplayPlan.of(**sightings.plan(attempts=21)))
