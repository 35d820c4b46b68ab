"""Fields: strict about kinds, and about what a time is."""

import math
from datetime import UTC, datetime

import pytest

from kept.core.commitments import fields
from kept.core.commitments.catalog import Condition


@pytest.mark.parametrize(
    ("test", "wanted", "value", "holds"),
    [
        ("equals", "a", "a", True),
        ("equals", "a", "b", False),
        ("equals", True, True, True),
        ("equals", True, 1, False),
        ("equals", 1, True, False),
        ("equals", 1, 1.0, True),
        ("at least", 59, 59, True),
        ("at least", 59, 58.9, False),
        ("at least", 59, math.inf, False),
        ("at least", 59, math.nan, False),
        ("at least", 59, "60", False),
        ("at least", "a", "b", False),
        ("at most", 0, 0, True),
        ("at most", 0, -1, True),
        ("at most", 0, 1, False),
        ("at most", 0, False, False),
        ("one of", ("a", "b"), "b", True),
        ("one of", ("a", "b"), "c", False),
        ("one of", ("a", "b"), ["a"], False),
        ("equals", "a", None, False),
    ],
)
def test_a_condition_holds_for_a_value_of_its_own_kind(test: str, wanted: object, value: object, holds: bool) -> None:
    assert fields.meets([Condition("field", test, wanted)], {"field": value}) is holds


def test_a_field_that_is_not_there_meets_nothing() -> None:
    assert not fields.meets([Condition("field", "at most", 5)], {})
    assert fields.meets([], {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-11-22T07:30:00",
        "2026-11-22T07:30:00+00:00",
        "2026-11-22T07:30:00.5Z",
        "2026-11-31T07:30:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T23:59:60Z",
        "0026-11-22T07:30:00Z",
        "٢٠٢٦-11-22T07:30:00Z",
        "2026-11-22T07:30:00Z\n",
    ],
)
def test_only_whole_seconds_in_utc_are_a_time(text: str) -> None:
    assert fields.time(text) is None


def test_times_and_days() -> None:
    assert fields.time("2026-11-22T07:30:00Z") == datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
    assert fields.date("2028-02-29") == "2028-02-29"
    assert fields.date("2026-02-29") is None
    assert fields.date(20260229) is None
