"""The CERT insider threat data sets r4.2 and r6.2, from a folder of one's own: they may not be passed on.

Layout: logon.csv, device.csv, file.csv, email.csv, http.csv, each with "id,date,user,pc,…", and LDAP/ with one CSV for
each month (employee_name, user_id, email, role, …). Copying to a removable device counts as an export.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from heapq import merge
from pathlib import Path
from urllib.parse import urlsplit

from kept.errors import Invalid, NotFound
from kept.practices.weights.backends.access_logs.lines import FIELD_LIMIT, bad, moment, rows
from kept.practices.weights.records.insiders import AccessEvent, Outcome

NAMES = ("logon", "device", "file", "email", "http")
PEOPLE = 1_000_000
_TRUE = "true"


def read_folder(path: str, *, mapping: Sequence[str] = (), zone: tzinfo) -> Iterator[AccessEvent]:
    """Every event of the folder in the order of moments, each file being in order. Raises NotFound or Invalid."""
    if mapping:
        raise Invalid("The columns of CERT's files are known.", code="import.mapping", hint="Leave --map out.")
    folder = Path(path)
    present = [folder / f"{name}.csv" for name in NAMES if (folder / f"{name}.csv").is_file()]
    if not present:
        raise NotFound(f"{folder} holds none of {', '.join(f'{name}.csv' for name in NAMES)}.", code="import.missing")
    roles = _roles(folder / "LDAP")
    streams = [_file(each, roles, zone) for each in present]
    yield from merge(*streams, key=lambda event: event.moment)


def _file(path: Path, roles: Mapping[str, tuple[str, str]], zone: tzinfo) -> Iterator[AccessEvent]:
    last = None
    for number, row in rows(path):
        if "date" not in row or "user" not in row:
            raise bad(path, number, 'has no "date" or no "user"')
        event = _event(path, number, row, roles, zone)
        if last is not None and event.moment < last:
            raise bad(path, number, "is earlier than the one before")
        last = event.moment
        yield event


def _event(
    path: Path, number: int, row: Mapping[str, str], roles: Mapping[str, tuple[str, str]], zone: tzinfo
) -> AccessEvent:
    outcome, what, size = _done(path.stem, row)
    person = row["user"][:FIELD_LIMIT]
    role, team = roles.get(person.rpartition("/")[2], ("", ""))
    return AccessEvent(
        moment=moment(row["date"], zone, path, number),
        actor=person,
        outcome=outcome,
        file=what[:FIELD_LIMIT],
        bytes=_number(size, path, number),
        host=row.get("pc", "")[:FIELD_LIMIT],
        role=role,
        team=team,
        number=number,
    )


def _done(kind: str, row: Mapping[str, str]) -> tuple[Outcome, str, str]:
    """What was done, to what, and how many bytes."""
    if kind == "http":
        return "read", f"http {urlsplit(_whole(row.get('url', ''))).netloc}", "0"
    if kind == "email":
        return "export", f"email to {row.get('to', '')}", row.get("size", "0")
    if kind == "file":
        removable = row.get("to_removable_media", _TRUE).lower() == _TRUE
        return ("export" if removable else "read"), f"file {row.get('filename', '')}", str(len(row.get("content", "")))
    return "read", f"{kind} {row.get('activity', '')}", "0"


def _whole(url: str) -> str:
    # An unfinished IPv6 address is all that urlsplit refuses.
    return url.replace("[", "").replace("]", "")


def _number(text: str, path: Path, number: int) -> int:
    if not text.strip().isdecimal() or len(text) > 18:
        raise bad(path, number, f"has {text[:40]!r} bytes")
    return int(text)


def _roles(folder: Path) -> dict[str, tuple[str, str]]:
    """The role and team of each user, as the newest month has it."""
    found: dict[str, tuple[str, str]] = {}
    for path in sorted(folder.glob("*.csv")):
        for number, row in rows(path):
            if "user_id" not in row or "role" not in row:
                raise bad(path, number, 'has no "user_id" or no "role"')
            found[row["user_id"]] = (row["role"], row.get("team", ""))
            if len(found) > PEOPLE:
                raise bad(path, number, f"is past {PEOPLE:,} people")
    return found
