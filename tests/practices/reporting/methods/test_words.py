"""How values are written."""

import pytest

from kept.practices.reporting.methods.words import count, level, percent


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
