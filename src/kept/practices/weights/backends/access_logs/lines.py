"""What every reader shares: lines of bounded length, moments, and errors that name a line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from kept.errors import Invalid, NotFound, Unavailable

LINE_LIMIT = 1 << 20
FIELD_LIMIT = 4096
_FORMS = ("%m/%d/%Y %H:%M:%S", "%d/%b/%Y:%H:%M:%S %z", "%Y-%m-%d %H:%M:%S")
_LATEST = 253_402_300_799


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Each line with its number, from 1. Raises NotFound, Unavailable, or Invalid for one over a mebibyte."""
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(LINE_LIMIT + 1):
                number += 1
                if len(line) > LINE_LIMIT:
                    raise bad(path, number, "is longer than a mebibyte")
                yield number, line.decode(errors="replace").rstrip("\r\n")
    except FileNotFoundError as error:
        raise NotFound(f"There is no {path}.", code="import.missing") from error
    except OSError as error:
        raise Unavailable(f"{path} can't be read: {error.strerror}.", code="import.unreadable") from error


def rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row of a CSV file by the names of its first line, with the number of its line."""
    last = 0

    def plain() -> Iterator[str]:
        nonlocal last
        for number, line in lines(path):
            last = number
            yield line.replace("\0", "\ufffd")

    try:
        reader = csv.reader(plain(), strict=True)
        names = next(reader, [])
        if not names or len(set(names)) != len(names):
            raise bad(path, 1, "names no columns, or one twice")
        for row in reader:
            if not row:
                continue
            if len(row) != len(names):
                raise bad(path, last, f"has {len(row)} fields, and the first line {len(names)}")
            yield last, dict(zip(names, row, strict=True))
    except csv.Error as error:
        raise bad(path, last, f"is no CSV: {error}") from error


def moment(text: str, zone: tzinfo, path: Path, number: int) -> datetime:
    """A moment in the house's zone: ISO 8601, seconds or milliseconds since 1970, or as CERT and web servers write it.

    One without a zone is meant in the house's. Raises Invalid, naming the line.
    """
    text = text.strip()
    found: datetime | None = None
    try:
        if text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdigit():
            seconds = float(text)
            seconds = seconds / 1000 if seconds > 1e11 else seconds
            found = datetime.fromtimestamp(seconds, UTC) if seconds < _LATEST else None
        else:
            found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        found = _otherwise(text)
    if found is None:
        raise bad(path, number, f"has no moment but {text[:40]!r}")
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(zone)
    except (OverflowError, ValueError) as error:
        raise bad(path, number, f"has no moment but {text[:40]!r}") from error


def bad(path: Path, number: int, why: str) -> Invalid:
    """The error that a line calls for."""
    return Invalid(
        f"Line {number} of {path.name} {why}.", code="import.line", hint="Nothing after it was read; correct the log."
    )


def _otherwise(text: str) -> datetime | None:
    for form in _FORMS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None
