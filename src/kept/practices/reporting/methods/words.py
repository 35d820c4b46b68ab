"""How values are written wherever a reader sees them: the filters of the page, which the browser has alike.

A page is rendered again in the reader's browser, so every filter here has its twin in `page/verifier/template.js`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kept.core.canonical import whole
from kept.core.money import shown
from kept.errors import Invalid

SMALLEST, LARGEST = 0.0005, 0.9995
TWO_DAYS = 2
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def percent(rate: float) -> str:
    """A rate from 0 to 1 with one decimal, ties up; "<0.1%" and ">99.9%" where rounding would claim none or all."""
    if 0 < rate < SMALLEST:
        return "<0.1%"
    if LARGEST <= rate < 1:
        return ">99.9%"
    return f"{_rounded(rate * 100, '0.1')}%"


def points(difference: float) -> str:
    """A difference of rates from -1 to 1 in percentage points, with its sign and one decimal, ties away from zero."""
    found = _rounded(abs(difference) * 100, "0.1")
    return f"{'' if found == 0 else '+' if difference > 0 else '−'}{found}"


def level(confidence: float) -> str:
    """A confidence level: as a rate, without a needless ".0"."""
    return percent(confidence).replace(".0%", "%")


def count(number: int) -> str:
    """A whole number with a comma every three digits."""
    return f"{number:,}"


def decimal(number: float) -> str:
    """A number of any size with three decimals, ties away from zero."""
    found = _rounded(abs(number), "0.001")
    return f"{'−' if number < 0 and found else ''}{found}"


def lasting(days: float) -> str:
    """How long something took, zero days or more: in minutes below an hour, in hours below two days, else in days."""
    if days * 1440 < 1:
        return "less than a minute"
    if days * 24 < 1:
        return _of_a_kind(_rounded(days * 1440, "1"), "minute")
    if days < TWO_DAYS:
        return _of_a_kind(_rounded(days * 24, "0.1"), "hour")
    return _of_a_kind(_rounded(days, "0.1"), "day")


def money(amount: int, currency: str) -> str:
    """Minor units, zero or more, of a currency of ISO 4217: "2,500.00 USD"."""
    return shown(amount, currency)


def place(number: float) -> str:
    """A place in a drawing, zero or more, with two decimals, ties up."""
    return str(_rounded(number, "0.01"))


def day(time: str) -> str:
    """The day of a time such as 2026-11-22T07:30:00Z."""
    return time[:10]


def minute(time: str) -> str:
    """The day and the minute of a time such as 2026-11-22T07:30:00Z."""
    return time[:16].replace("T", " ")


def short(identifier: str) -> str:
    """The beginning of an identifier, enough to tell it from its neighbours."""
    return identifier[:8]


def keyed(items: Iterable[Mapping[str, Any]], name: str) -> dict[str, Any]:
    """The items by what their member `name` says."""
    return {item[name]: item for item in items}


def grouped(items: Iterable[Mapping[str, Any]], name: str) -> dict[str, list[Any]]:
    """Lists of the items by what their member `name` says."""
    found: dict[str, list[Any]] = {}
    for item in items:
        found.setdefault(item[name], []).append(item)
    return found


def gathered(items: Iterable[Mapping[str, Any]], name: str) -> list[Any]:
    """All that the lists called `name` of the items hold."""
    return [each for item in items for each in item[name]]


def members(items: Iterable[Mapping[str, Any]], name: str) -> list[Any]:
    """What each item has in its member `name`."""
    return [item[name] for item in items]


def where(items: Iterable[Mapping[str, Any]], name: str, value: object) -> list[Any]:
    """The items whose member `name` is this text or number."""
    return [item for item in items if item[name] == value]


def having(items: Iterable[Mapping[str, Any]], name: str) -> list[Any]:
    """The items that have something in their member `name`."""
    return [item for item in items if item[name]]


def among(known: Mapping[str, Any], name: str) -> Any:
    """What a mapping has under a name, or an empty list."""
    return known.get(name, [])


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a plain text: what empty lines part."""
    return [part.strip(" \n") for part in text.replace("\r", "").split("\n\n") if part.strip(" \n")]


def rows(items: Sequence[Any], width: int) -> list[Any]:
    """The items in rows of `width`."""
    return [items[at : at + width] for at in range(0, len(items), width)] if width else []


FILTERS = {
    each.__name__: each
    for each in (
        percent, points, level, count, decimal, lasting, money, place, day, minute, short,
        keyed, grouped, gathered, members, where, having, among, paragraphs, rows,
    )
}  # fmt: skip


def plain(value: object) -> object:
    """The value, if a page may show it as it is: a text or a whole number. Raises Invalid for any other.

    Controls, and the marks that turn the order of what follows, are shown as U+FFFD: nobody would see what was signed.
    Whatever else there is, each language writes in its own way.
    """
    if type(value) is str:
        return UNSEEN.sub("\ufffd", value)
    # What a macro has made is a text of a kind of its own, and was looked through already.
    if isinstance(value, str):
        return value
    if (number := whole(value)) is not None:
        return number
    raise Invalid(f"A page can't show {value!r:.60} as it is.", code="report.template", hint="Use one of the filters.")


def _of_a_kind(number: Decimal, unit: str) -> str:
    """The number with its unit in the singular or the plural, without a needless ".0"."""
    found = str(number).removesuffix(".0")
    return f"{found} {unit}{'' if found == '1' else 's'}"


def _rounded(number: float, unit: str) -> Decimal:
    return Decimal(number).quantize(Decimal(unit), ROUND_HALF_UP)
