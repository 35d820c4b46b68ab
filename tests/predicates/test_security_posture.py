"""A posture: its level follows from its measures, and each that is met has evidence."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid, Unverified
from kept.predicates.security_posture import HIGHEST, Measure, SecurityPosture, reached
from simulators import custody

READINGS = ("met", "stale", "missing", "contradicted", "not evidenced")


def measures(readings: list[tuple[int, str]]) -> tuple[Measure, ...]:
    return tuple(
        Measure.model_validate({"id": f"m{at}", "level": level, "reading": reading, "evidence": [at]})
        for at, (level, reading) in enumerate(readings)
    )


drawn = st.lists(st.tuples(st.integers(1, HIGHEST), st.sampled_from(READINGS)), max_size=20).map(measures)


def test_it_reads_back_and_rests_on_entries() -> None:
    made = SecurityPosture.of(**custody.posture())
    made.check()
    assert SecurityPosture.parse(made.to_statement()) == made
    assert made.sees == (1, 2)


@given(drawn)
def test_no_level_is_reached_over_a_measure_that_is_not_met(found: tuple[Measure, ...]) -> None:
    level = reached(found)
    assert all(each.reading == "met" for each in found if each.level <= level)
    assert {each.level for each in found} >= set(range(1, level + 1))


@given(drawn, st.integers(0, 19))
def test_losing_evidence_never_raises_the_level(found: tuple[Measure, ...], at: int) -> None:
    worse = tuple(each.model_copy(update={"reading": "stale"}) if i == at else each for i, each in enumerate(found))
    assert reached(worse) <= reached(found)


@pytest.mark.parametrize("more", [{"level": 0}, {"level": 2}, {"met": 2}])
def test_a_standing_that_does_not_follow_fails(more: dict[str, Any]) -> None:
    with pytest.raises(Unverified, match="does not follow"):
        SecurityPosture.of(**custody.posture(**more)).check()


def test_nothing_is_met_without_evidence() -> None:
    bare = [{"id": "encrypted-at-rest", "level": 1, "reading": "met", "evidence": []}]
    with pytest.raises(Unverified, match="does not follow"):
        SecurityPosture.of(**custody.posture(measures=bare)).check()


@pytest.mark.parametrize("more", [{"level": 6}, {"measures": []}, {"catalog": "x"}])
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        SecurityPosture.of(**custody.posture(**more))
