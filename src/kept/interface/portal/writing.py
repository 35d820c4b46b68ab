"""How a language writes days, moments and numbers; its names of the months stand among the texts of the frame."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from markupsafe import Markup

from kept.core.money import decimals
from kept.interface.portal.words import FRAME, words

# What stands between groups of digits, and before decimals. Source: Unicode CLDR 46, symbols of each language.
_SEPARATORS: Mapping[str, tuple[str, str]] = {
    "de": (".", ","),
    "es": (".", ","),
    "fr": ("\u202f", ","),
}
_PLAIN = (",", ".")
# Not every number of eight digits is a day.
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}")
# A thousand, then hundreds of thousands, as lakh and crore are counted.
_INDIAN = frozenset({"hi"})


def day(tag: str, value: str | date) -> str:
    """The day of a date or of a moment, in UTC, as an element of a page; a text that is neither stays as it is."""
    found = _read(value)
    return _element(found.date().isoformat(), _day(tag, found)) if found else str(value)


def moment(tag: str, value: str | date) -> str:
    """The day and the minute of a moment, in UTC, as an element of a page; a date has its day alone."""
    found = _read(value)
    if found is None or (isinstance(value, str) and "T" not in value):
        return day(tag, value)
    written = words(tag, FRAME)["calendar"]["moment"].format(day=_day(tag, found), time=f"{found:%H:%M}")
    return _element(found.isoformat().replace("+00:00", "Z"), written)


def number(tag: str, value: float | Decimal, places: int | None = None) -> str:
    """A number with so many decimals, or with those that it has, its digits in groups."""
    exact = abs(Decimal(str(value)))
    whole, _, decimals = f"{exact if places is None else round(exact, places):f}".partition(".")
    group, point = _SEPARATORS.get(tag, _PLAIN)
    sign = "−" if value < 0 else ""
    return sign + group.join(_groups(whole, 2 if tag in _INDIAN else 3)) + (point + decimals if decimals else "")


def money(tag: str, amount: int, currency: str) -> str:
    """Minor units of a currency for people, with its code: "2,500.00 USD"."""
    places = decimals(currency)
    return f"{number(tag, Decimal(amount).scaleb(-places), places)}\u00a0{currency}"


def _groups(digits: str, size: int) -> list[str]:
    """The digits in groups: three at the end, and before them groups of `size`."""
    before, last = digits[:-3], digits[-3:]
    starts = range(len(before) % size - size, len(before), size)
    return [group for start in starts if (group := before[max(start, 0) : start + size])] + [last]


def _element(machine: str, written: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(machine, written)


def _day(tag: str, found: datetime) -> str:
    told = words(tag, FRAME)["calendar"]
    written: str = told["day"].format(day=found.day, month=_months(told["months"])[found.month - 1], year=found.year)
    return written


@cache
def _months(names: str) -> tuple[str, ...]:
    return tuple(names.split())


def _read(value: str | date) -> datetime | None:
    """What a text or a date says, in UTC; None for a text that is neither."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value if _DATED.match(value) else "")
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
