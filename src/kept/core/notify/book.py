"""The rows of who is told: entered for what is due, claimed before they are sent, noted after, handed on on failure.

A row that was claimed is a message that may have gone out: whoever dies between sending and noting sends it again when
the claim is over, under the same name, so that each step is told at least once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, tuple_

from kept.core.notify.records import Due, Way
from kept.core.notify.tables import STEP

PAUSES = (timedelta(minutes=1), timedelta(minutes=3), timedelta(minutes=8))
"""How long is waited after each try that failed for now; when they are over, the next on the list is told."""
AGAIN = timedelta(hours=1)
"""How long is waited when all on the list failed, before the list is begun anew."""
CLAIM = timedelta(minutes=5)
"""How long a message that goes out is nobody else's: longer than sending it can take."""
TOGETHER = 50
"""How many steps one message tells of at most."""
NOBODY = "Nobody is named for it in [notify], or nobody who may still sign in."
_KEYS = 500

Key = tuple[str, str]
Ladder = Callable[[Due], Sequence[tuple[str, Way]]]


def enter(connection: Connection, dues: Mapping[Key, Due], ladder: Ladder, *, now: int) -> None:
    """Begin what is newly due or was handed on, and settle what isn't due any more before it was told.

    A step that waits for somebody whom [notify] names no more is another's from now on.
    """
    waiting = connection.execute(select(STEP).where(STEP.c.state == "waiting")).all()
    _change(connection, [row for row in waiting if (row.room, row.key) not in dues], state="settled", ended=now)
    known = _last(connection, dues)
    for key, due in dues.items():
        last, people = known.get(key), ladder(due)
        if last is None or last.state == "failed":
            rung = 0 if last is None else last.rung + 1
            connection.execute(STEP.insert().values(_row(key, due, people, rung=rung, now=now)))
        elif last.state == "settled" or (last.state == "waiting" and not _stands(last, people)):
            _change(connection, [last], **_row(key, due, people, rung=last.rung, now=now))


def claim(connection: Connection, name: str, *, now: int) -> Sequence[Row[Any]]:
    """The steps of the next message that may go out, claimed; those of one that went out before stay together.

    `name` is what a new message is called.
    """
    first = connection.execute(ready(now).order_by(STEP.c.next, STEP.c.begun).limit(1)).one_or_none()
    if first is None:
        return ()
    alike = (STEP.c.person == first.person, STEP.c.way == first.way, STEP.c.batch == first.batch)
    rows = connection.execute(ready(now).where(*alike).order_by(STEP.c.due, STEP.c.key).limit(TOGETHER)).all()
    values = {"next": now + _seconds(CLAIM), "batch": first.batch or name, "tries": STEP.c.tries + 1}
    _change(connection, rows, **values)
    return connection.execute(select(STEP).where(_those(rows)).order_by(STEP.c.due, STEP.c.key)).all()


def ready(now: int) -> Any:
    """What may go out at a time: a query."""
    return select(STEP).where(STEP.c.state == "waiting", STEP.c.next <= now, STEP.c.person != "")


def note_told(connection: Connection, rows: Sequence[Row[Any]], *, now: int) -> None:
    """A message was taken."""
    _change(connection, rows, _is_ours(rows), state="told", ended=now, why="")


def note_failed(connection: Connection, rows: Sequence[Row[Any]], why: str, *, final: bool, now: int) -> bool:
    """A message was not taken: it is tried again after a pause, unless that is `final` or was the last try.

    Whether it failed for good; the next on the list is entered for it then.
    """
    tries = max(row.tries for row in rows)
    over = final or tries > len(PAUSES)
    values = {"state": "failed", "ended": now} if over else {"next": now + _seconds(PAUSES[tries - 1])}
    _change(connection, rows, _is_ours(rows), why=why, **values)
    return over


def unheard(connection: Connection) -> int:
    """How many steps wait though somebody should have heard of them: a way failed, or nobody is named."""
    late = (STEP.c.rung > 0) | (STEP.c.person == "")
    query = select(func.count()).select_from(STEP).where(STEP.c.state == "waiting", late)
    return int(connection.execute(query).scalar() or 0)


def _row(key: Key, due: Due, ladder: Sequence[tuple[str, Way]], *, rung: int, now: int) -> dict[str, Any]:
    person, way = ladder[rung % len(ladder)] if ladder else ("", "")
    pause = _seconds(AGAIN) if ladder and rung and rung % len(ladder) == 0 else 0
    return {
        "room": key[0], "key": key[1], "rung": rung, "subject": due.subject, "clock": due.clock,
        "due": int(due.due.timestamp()), "page": due.page, "person": person, "way": str(way), "state": "waiting",
        "tries": 0, "next": now + pause, "batch": "", "begun": now, "ended": 0, "why": "" if ladder else NOBODY,
    }  # fmt: skip


def _last(connection: Connection, dues: Mapping[Key, Due]) -> dict[Key, Row[Any]]:
    """The last row of each step that is due, where it has one."""
    found: dict[Key, Row[Any]] = {}
    rooms: dict[str, list[str]] = {}
    for room, key in dues:
        rooms.setdefault(room, []).append(key)
    for room, keys in rooms.items():
        for start in range(0, len(keys), _KEYS):
            query = select(STEP).where(STEP.c.room == room, STEP.c.key.in_(keys[start : start + _KEYS]))
            for row in connection.execute(query.order_by(STEP.c.rung)):
                found[row.room, row.key] = row
    return found


def _stands(row: Row[Any], people: Sequence[tuple[str, Way]]) -> bool:
    """Whether a row waits for one of those who are to be told, or for nobody where there is none."""
    return (row.person, row.way) in ([(person, str(way)) for person, way in people] or [("", "")])


def _those(rows: Sequence[Row[Any]]) -> ColumnElement[bool]:
    own = tuple_(STEP.c.room, STEP.c.key, STEP.c.rung)
    return own.in_([(row.room, row.key, row.rung) for row in rows])


def _is_ours(rows: Sequence[Row[Any]]) -> ColumnElement[bool]:
    """Whether the claim under which rows were read is the last one still, and nobody has settled them."""
    return and_(STEP.c.state == "waiting", STEP.c.next == rows[0].next, STEP.c.batch == rows[0].batch)


def _change(connection: Connection, rows: Sequence[Row[Any]], *also: ColumnElement[bool], **values: Any) -> None:
    for start in range(0, len(rows), _KEYS):
        some = rows[start : start + _KEYS]
        connection.execute(STEP.update().where(_those(some), *also).values(**values))


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
