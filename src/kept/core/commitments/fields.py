"""Reads the fields of a fact strictly: a value of another kind than asked for never meets a condition."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from kept.core.commitments.catalog import Condition

_TIME = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3])(:[0-5][0-9]){2}Z")
_DATE = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}")


def meets(conditions: Iterable[Condition], held: Mapping[str, Any]) -> bool:
    """Whether every condition holds; a field that is not there meets none."""
    return all(_holds(condition, held.get(condition.field)) for condition in conditions)


def same_kind(wanted: object, value: object) -> bool:
    """Whether both are texts, both booleans, or both finite numbers."""
    if isinstance(wanted, str | bool):
        return type(wanted) is type(value)
    return is_number(wanted) and is_number(value)


def time(text: str) -> datetime | None:
    """The time in "2026-11-22T07:30:00Z" (years 1000 to 2999), or None for anything else."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def date(value: object) -> str | None:
    """A date written "2026-11-22", or None for anything else."""
    found = isinstance(value, str) and _DATE.fullmatch(value) and time(f"{value}T00:00:00Z")
    return str(value) if found else None


def texts(value: object) -> Sequence[str] | None:
    """A list of texts, or None for anything else."""
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return value
    return None


def table(value: object) -> Mapping[str, Mapping[str, Any]]:
    """The rows of a table; anything else has none."""
    if not isinstance(value, Mapping):
        return {}
    return {key: row for key, row in value.items() if isinstance(row, Mapping)}


def _holds(condition: Condition, value: Any) -> bool:
    wanted = condition.value
    if isinstance(wanted, tuple):
        return condition.test == "one of" and any(same_kind(each, value) and each == value for each in wanted)
    if not same_kind(wanted, value):
        return False
    if condition.test == "equals":
        return bool(value == wanted)
    if isinstance(wanted, str | bool):
        return False
    return bool(value >= wanted if condition.test == "at least" else value <= wanted)


def is_number(value: object) -> bool:
    """Whether it is a number that a double can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
