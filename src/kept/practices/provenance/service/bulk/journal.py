"""The journal of bulk jobs: what was begun, what stands beside its place, what is done; so that a job can go on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from kept.core.context import Clock, format_time
from kept.core.store import Store
from kept.errors import Conflict
from kept.practices.provenance.records.bulk import Kind, Outcome, Piece
from kept.practices.provenance.service.tables import JOBS, PIECES

_READ_AT_ONCE = 500


class Superseded(Conflict):
    """A later run of the same job has begun."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job: whatever is written for it holds only as long as no later one has begun."""

    job: str
    number: int


class Journal:
    """The verbs on the store; what they return is durable."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def begin(self, job: str, kind: Kind, about: Mapping[str, Any], *, afresh: bool) -> Run:
        """Begin a job, or go on with it; one that has ended is begun anew where `afresh`, and forgets what it held."""

        def work(connection: Connection) -> Run:
            row = connection.execute(select(JOBS).where(JOBS.c.id == job)).one_or_none()
            if row is None:
                text = json.dumps(about, sort_keys=True)
                made = {"id": job, "kind": kind, "about": text, "begun": self._now(), "ended": "", "run": 1}
                connection.execute(JOBS.insert().values(**made))
                return Run(job, 1)
            changed: dict[str, Any] = {"run": row.run + 1, "ended": ""}
            if afresh and row.ended:
                connection.execute(PIECES.delete().where(PIECES.c.job == job))
                changed["begun"] = self._now()
            connection.execute(JOBS.update().where(JOBS.c.id == job).values(**changed))
            return Run(job, row.run + 1)

        return self._store.write(work)

    def known(self, job: str) -> Row[Any] | None:
        """The job's own row, if it was ever begun."""
        with self._store.read() as connection:
            return connection.execute(select(JOBS).where(JOBS.c.id == job)).one_or_none()

    def piece(self, job: str, source: str) -> Row[Any] | None:
        """What is known of a file of a job."""
        with self._store.read() as connection:
            return connection.execute(select(PIECES).where(_one(job, source))).one_or_none()

    def pieces(self, job: str) -> Iterator[Row[Any]]:
        """Every file of a job, in no order that means anything, some hundreds at a time."""
        wanted = select(PIECES).where(PIECES.c.job == job)
        last = None
        while True:
            query = wanted if last is None else wanted.where(PIECES.c.place > last)
            with self._store.read() as connection:
                rows = connection.execute(query.order_by(PIECES.c.place).limit(_READ_AT_ONCE)).all()
            yield from rows
            if len(rows) < _READ_AT_ONCE:
                return
            last = rows[-1].place

    def told(self, job: str, sources: Iterable[str]) -> Iterator[Row[Any]]:
        """What is known of some files of a job, in their order."""
        left = iter(sources)
        while some := list(islice(left, _READ_AT_ONCE)):
            keys = [_key(source) for source in some]
            query = select(PIECES).where(PIECES.c.job == job, PIECES.c.place.in_(keys))
            with self._store.read() as connection:
                rows = {bytes(row.place): row for row in connection.execute(query)}
            yield from (rows[key] for key in keys if key in rows)

    def claim(self, run: Run, piece: Piece, *, digest: bytes, content: int) -> None:
        """Write down under which content id a file is about to be marked. Raises Superseded."""
        self._change(run, piece, {"state": "claimed", "input": digest, "content": content, "output": None})

    def stage(self, run: Run, piece: Piece, *, output: bytes, facts: Mapping[str, Any]) -> None:
        """Write down that a file's output stands beside its place, whole. Raises Superseded."""
        self._change(run, piece, {"state": "staged", "output": output, "facts": json.dumps(facts)})

    def record(self, run: Run, settled: Iterable[tuple[Piece, Outcome]]) -> None:
        """Write down outcomes, all or none. Raises Superseded.

        A failure takes nothing back: what stands beside its place, or was done, does so still.
        """

        def work(connection: Connection) -> None:
            self._hold(connection, run)
            for piece, outcome in settled:
                row = connection.execute(select(PIECES.c.state).where(_one(run.job, piece.source))).one_or_none()
                if outcome.state == "failed":
                    if row is None or row.state in ("claimed", "failed"):
                        told = {"state": "failed", "code": outcome.code, "message": outcome.message}
                        _put(connection, run, piece, {**told, "stamp": piece.stamp})
                    continue
                done = {"state": "done", "stamp": piece.stamp, "facts": json.dumps(outcome.facts)}
                _put(connection, run, piece, {**done, "code": "", "message": ""})

        self._store.write(work)

    def end(self, run: Run) -> None:
        """Write down that a job has ended. Raises Superseded."""

        def work(connection: Connection) -> None:
            self._hold(connection, run)
            connection.execute(JOBS.update().where(JOBS.c.id == run.job).values(ended=self._now()))

        self._store.write(work)

    def stated(self, run: Run, index: int) -> None:
        """Remember the index of the statement about a job."""
        self._store.write(
            lambda connection: connection.execute(JOBS.update().where(JOBS.c.id == run.job).values(statement=index))
        )

    def _change(self, run: Run, piece: Piece, values: Mapping[str, Any]) -> None:
        def work(connection: Connection) -> None:
            self._hold(connection, run)
            _put(connection, run, piece, values)

        self._store.write(work)

    def _hold(self, connection: Connection, run: Run) -> None:
        current = connection.execute(select(JOBS.c.run).where(JOBS.c.id == run.job)).scalar()
        if current != run.number:
            raise Superseded(
                f"The job {run.job} was begun again elsewhere, so this run of it stops.",
                code="bulk.superseded",
                hint="Let one run of a job go on at a time.",
            )

    def _now(self) -> str:
        return format_time(self._clock())


def _key(source: str) -> bytes:
    return sha256(source.encode()).digest()


def _one(job: str, source: str) -> Any:
    return and_(PIECES.c.job == job, PIECES.c.place == _key(source))


def _put(connection: Connection, run: Run, piece: Piece, values: Mapping[str, Any]) -> None:
    changed = connection.execute(PIECES.update().where(_one(run.job, piece.source)).values(**values))
    if changed.rowcount == 0:
        row = {
            "job": run.job,
            "place": _key(piece.source),
            "source": piece.source,
            "target": piece.target,
            "stamp": "",
            "facts": "{}",
            "code": "",
            "message": "",
        }
        connection.execute(PIECES.insert().values(**{**row, **values}))
