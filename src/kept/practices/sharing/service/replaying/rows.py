"""The rows of replays, read as records, and what was received read as a pattern."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.confinement import held_in_both
from kept.core.model import Identity
from kept.core.replay import Attempt, Script
from kept.errors import Conflict, Invalid, KeptError, NotFound
from kept.practices.sharing.methods import objects, sightings
from kept.practices.sharing.methods.sightings import MILLION
from kept.practices.sharing.records import Received
from kept.practices.sharing.records.contents import Circumvention
from kept.practices.sharing.records.replays import SharedReplay
from kept.practices.sharing.service.tables.objects import OBJECTS
from kept.practices.sharing.service.tables.replays import ATTEMPTS, REPLAYS
from kept.predicates.sharing_replay_plan import SharingReplayPlan

PATTERN = "circumvention-pattern"


class MovedError(Conflict):
    """Another process is at a replay, and has changed it meanwhile."""


def taken(received: Received) -> str | None:
    """ "" for a pattern that can be replayed, why one can't, or None for what is no pattern."""
    try:
        document = json.loads(received.body)
        if objects.kind_of(document) != PATTERN:
            return None
        pattern_of(received.body)
    except KeptError as error:
        return str(error)[:500]
    except (ValueError, RecursionError):
        return None
    return ""


def pattern_of(body: bytes) -> Circumvention:
    """The pattern that an object's bytes hold. Raises Invalid or Unverified."""
    content = objects.read(json.loads(body)).content
    if not isinstance(content, Circumvention):
        raise Invalid("The object is no circumvention pattern.", code="object.kind")
    return content


def body_of(connection: Connection, held: Row[Any]) -> bytes:
    """The bytes of what is replayed, as they were received. Raises NotFound where its sender took it back."""
    found = connection.execute(select(OBJECTS.c.body).where(OBJECTS.c.number == held.cursor)).scalar()
    if found is None:
        raise NotFound("Whoever shared the pattern took it back.", code="object.gone")
    return bytes(found)


def script_of(connection: Connection, held: Row[Any], *, request: str) -> Script:
    """What is said of a pattern, with our own request. Raises NotFound, Invalid or Unverified."""
    return sightings.script_of(pattern_of(body_of(connection, held)), request=request)


def plan_of(held: Row[Any]) -> SharingReplayPlan:
    """The plan of a planned replay, as it was recorded."""
    return SharingReplayPlan.of(**json.loads(held.plan))


def identity_of(held: Row[Any]) -> Identity:
    """The model that a replay was planned on."""
    return Identity.of_document(json.loads(held.identity))


def name_of(held: Row[Any]) -> str:
    """What the model that a replay was planned on calls itself; before there was a worker, that alone was kept."""
    name: str = identity_of(held).name if held.identity.startswith("{") else held.identity
    return name


def confinement_of(held: Row[Any]) -> tuple[str, ...] | None:
    """How the worker was confined while attempts were made; None before any, and where nobody kept it."""
    return tuple(json.loads(held.confined)) if held.confined else None


def unended(connection: Connection) -> Sequence[Row[Any]]:
    """What is planned and left to the worker, the oldest first."""
    mine = (REPLAYS.c.state == "planned") & (REPLAYS.c.ended == "")
    return connection.execute(select(REPLAYS).where(mine).order_by(REPLAYS.c.cursor, REPLAYS.c.id)).all()


def begin(connection: Connection, *, held: Row[Any], holds: tuple[str, ...]) -> None:
    """Count that a sitting of the worker begins with a replay, and keep how it is confined. Raises MovedError."""
    before = confinement_of(held) if attempts_of(connection, held.id) else None
    confined = json.dumps(held_in_both(before, holds))
    change(connection, held.id, was="planned", confined=confined, begun=held.begun + 1)


def attempts_of(connection: Connection, replay: str) -> tuple[Attempt, ...]:
    """The attempts that were made, by number."""
    rows = connection.execute(select(ATTEMPTS).where(ATTEMPTS.c.replay == replay).order_by(ATTEMPTS.c.number))
    return tuple(
        Attempt(
            row.number,
            row.outcome,
            asked=row.asked,
            answered=row.answered,
            requests=row.requests,
            tokens=row.tokens,
        )
        for row in rows
    )


def keep(connection: Connection, replay: str, attempt: Attempt) -> None:
    """Keep what an attempt came to: the worker got on. Raises MovedError where another process made it as well."""
    mine = (ATTEMPTS.c.replay == replay) & (ATTEMPTS.c.number == attempt.number)
    if connection.execute(select(ATTEMPTS.c.number).where(mine)).first():
        raise _moved(replay)
    values = {"outcome": attempt.outcome, "asked": attempt.asked, "answered": attempt.answered}
    spent = {"requests": attempt.requests, "tokens": attempt.tokens}
    connection.execute(ATTEMPTS.insert().values(replay=replay, number=attempt.number, **values, **spent))
    connection.execute(REPLAYS.update().where(REPLAYS.c.id == replay).values(begun=1))


def change(connection: Connection, replay: str, *, was: str, **values: Any) -> None:
    """Change a replay that is in the state `was`. Raises MovedError where it isn't any more."""
    mine = REPLAYS.update().where(REPLAYS.c.id == replay, REPLAYS.c.state == was)
    if connection.execute(mine.values(**values)).rowcount != 1:
        raise _moved(replay)


def row_of(connection: Connection, replay: str) -> Row[Any]:
    """One replay. Raises NotFound."""
    row = connection.execute(select(REPLAYS).where(REPLAYS.c.id == replay)).one_or_none()
    if row is None:
        raise NotFound(f"There is no replay {replay[:40]!r}.", code="replay.missing", hint="kept sharing replays")
    return row


def told(connection: Connection, row: Row[Any]) -> SharedReplay:
    """A replay as it stands."""
    made = len(attempts_of(connection, row.id))
    plan, result = (json.loads(text) if text else {} for text in (row.plan, row.result))
    shares = {name: result[name] / MILLION for name in ("low", "high", "bound") if name in result}
    counted = str(result.get("counted", ""))
    if result:
        shares |= {"counted": len(counted), "worked": counted.count("s")}
    return SharedReplay(
        id=row.id,
        pattern=row.object,
        version=row.version,
        peer=row.peer,
        collection=row.collection,
        tlp=row.tlp,
        model=row.model,
        state=row.state,
        cursor=row.cursor,
        planned=plan.get("attempts", 0),
        made=made,
        plan=row.entry if row.entry >= 0 else None,
        why=row.why,
        recorded=row.recorded if row.recorded >= 0 else None,
        confinement=confinement_of(row),
        **shares,
    )


def _moved(replay: str) -> MovedError:
    return MovedError(f"Somebody else is at {replay}.", code="replay.moved", hint="Look again in a moment.")
