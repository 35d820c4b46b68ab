"""How values are written."""

import pytest

from kept.practices.reporting.methods.words import count, lasting, level, percent


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0.0, "0.0%"),
        (1e-12, "<0.1%"),
        (0.000499999, "<0.1%"),
        (0.0005, "0.1%"),
        (0.1225, "12.3%"),  # 12.25 is a tie, and goes up
        (0.0025, "0.3%"),
        (0.1, "10.0%"),
        (1 / 3, "33.3%"),
        (0.9994, "99.9%"),
        (0.9995, ">99.9%"),
        (0.999999, ">99.9%"),
        (1.0, "100.0%"),
    ],
)
def test_a_rate_has_one_decimal_and_never_rounds_to_none_or_all(rate: float, text: str) -> None:
    assert percent(rate) == text


def test_a_level_has_no_needless_decimal() -> None:
    assert [level(value) for value in (0.95, 0.9, 0.995)] == ["95%", "90%", "99.5%"]


def test_a_count_is_grouped_by_three() -> None:
    assert [count(value) for value in (0, 999, 1000, 1234567)] == ["0", "999", "1,000", "1,234,567"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "less than a minute"),
        (59, "less than a minute"),
        (60, "1 minute"),
        (90, "2 minutes"),
        (3599, "60 minutes"),
        (3600, "1 hour"),
        (5400, "1.5 hours"),
        (86_400, "24 hours"),
        (172_800, "2 days"),
        (1_857_600, "21.5 days"),
    ],
)
def test_what_is_short_is_told_in_minutes_or_hours(seconds: int, text: str) -> None:
    assert lasting(seconds / 86_400) == text
