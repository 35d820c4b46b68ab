"""Amounts in minor units, as ISO 4217 counts them."""

import pytest

from kept.core.money import decimals, minor, shown


@pytest.mark.parametrize(
    ("currency", "units", "text"),
    [
        ("USD", 250_000, "2,500.00 USD"),
        ("JPY", 2_500, "2,500 JPY"),
        ("KWD", 2_500_000, "2,500.000 KWD"),
        ("CLF", 25_000_000, "2,500.0000 CLF"),
    ],
)
def test_whole_units_in_minor_ones(currency: str, units: int, text: str) -> None:
    assert minor(2_500, currency) == units
    assert shown(units, currency) == text
    assert units == 2_500 * 10 ** decimals(currency)


def test_parts_are_filled_with_zeros() -> None:
    assert shown(1_000_005, "EUR") == "10,000.05 EUR"
