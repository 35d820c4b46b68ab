"""One run of a bulk job: lists what is meant, lets an engine work, and writes down what comes of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from kept.core.assessment import Progress
from kept.core.context import Context
from kept.core.reference import load
from kept.errors import Invalid, NotFound
from kept.practices.provenance.methods.jobs import unsafe
from kept.practices.provenance.ports import Engine, Places
from kept.practices.provenance.records.bulk import Batch, Failure, Found, Manner, Outcome, Piece, Work
from kept.practices.provenance.service.bulk.journal import Journal, Run

MOST = 1_000_000
FAILURES_TOLD = 1000
# What a kill can make a run do again is at most this: to find that so many files are done.
_WRITTEN_AT_ONCE = 32
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(slots=True)
class Tally:
    """What a run has come to so far; `of` names the fact by which what was done is counted."""

    of: str
    done: int = 0
    skipped: int = 0
    failed: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    @property
    def pieces(self) -> int:
        """How many files have an outcome."""
        return self.done + self.skipped + self.failed

    def add(self, piece: Piece, outcome: Outcome) -> None:
        """Count one outcome."""
        if outcome.state == "failed":
            self.failed += 1
            if len(self.failures) < FAILURES_TOLD:
                self.failures.append(Failure(piece.source, outcome.code, outcome.message))
            return
        self.done += outcome.state == "done"
        self.skipped += outcome.state == "skipped"
        self.counts[str(outcome.facts.get(self.of, ""))] += 1

    def batch(self, job: str, out: str) -> Batch:
        """All of it. Raises Invalid where nothing could be done."""
        if self.failed == self.pieces:
            first = self.failures[0]
            raise Invalid(
                f"Nothing came of {self.pieces} files. {first.source}: {first.message}",
                code="bulk.nothing",
                hint="What was wrong with the first is told; the others are in the journal.",
            )
        counts = dict(sorted(self.counts.items()))
        return Batch(job, out, self.pieces, self.done, self.skipped, self.failed, counts, tuple(self.failures))


@dataclass(frozen=True, slots=True)
class Job:
    """A run, and what it needs."""

    context: Context
    journal: Journal
    places: Places
    run: Run
    manner: Manner

    def listed(self, inputs: tuple[str, ...], *, without: str) -> list[Found]:
        """Each file that is meant, once. Raises NotFound where there is none, and Invalid for too many."""
        found: dict[str, Found] = {}
        for pattern in inputs:
            for each in self.places.find(pattern, without=without):
                found.setdefault(each.place, each)
                if len(found) > MOST:
                    raise Invalid(
                        f"More than {MOST:,} files are meant.", code="bulk.too-many", hint="Make several jobs of them."
                    )
        if not found:
            raise NotFound(f"No file is meant by {' '.join(inputs)}.", code="bulk.empty", hint="in/** means all in in/")
        return list(found.values())

    def work(self, found: list[Found], work: Work, *, out: str, tally: Tally, progress: Progress) -> None:
        """Let the engine work on what an earlier run hasn't done, and write down each outcome once.

        `out` is the folder of outputs, or "" where files have none.
        """
        busy: dict[int, Piece] = {}
        settled: list[tuple[Piece, Outcome]] = []

        def settle(piece: Piece, outcome: Outcome, *, write: bool = True) -> None:
            tally.add(piece, outcome)
            progress(tally.pieces, len(found), f"{tally.failed} failed" if tally.failed else "")
            if write:
                settled.append((piece, outcome))
            if len(settled) >= _WRITTEN_AT_ONCE:
                self.journal.record(self.run, settled)
                settled.clear()

        def pieces() -> Iterator[Piece]:
            taken: set[str] = set()
            for number, each in enumerate(found):
                piece = Piece(number, printable(each.place), f"{out}/{each.name}" if out else "", each.stamp)
                trouble = each.trouble or unsafe(each.name) or ("" if _free(piece, taken) else _SAME)
                standing = None if trouble else self._standing(piece)
                if trouble:
                    settle(piece, Outcome(number, "failed", code="bulk.input", message=trouble))
                elif standing is not None:
                    settle(piece, standing, write=False)
                else:
                    busy[number] = piece
                    yield piece

        engine: Engine = load(_engine(self.context, self.manner.on))
        try:
            for outcome in engine.run(work, pieces(), workers=self.manner.workers, on=self.manner.on):
                settle(busy.pop(outcome.number), outcome)
        finally:
            self.journal.record(self.run, settled)

    def _standing(self, piece: Piece) -> Outcome | None:
        """The outcome of an earlier run, where the file and its output stand as they were; the file is not read."""
        row = self.journal.piece(self.run.job, piece.source)
        if row is None or row.state != "done" or not piece.stamp or row.stamp != piece.stamp:
            return None
        if piece.target and not self.places.exists(piece.target):
            return None
        return Outcome(piece.number, "skipped", load_facts(row.facts))


def check_manner(context: Context, manner: Manner) -> None:
    """Refuse an engine that isn't there, or one that can't reach the store. Raises Invalid."""
    _engine(context, manner.on)
    host = urlsplit(manner.on).hostname if "://" in manner.on else None
    if host and host not in _LOOPBACK and context.workspace.store_url.startswith("sqlite"):
        raise Invalid(
            "The workers of a cluster can't share a store in SQLite.",
            code="bulk.store",
            hint='Keep the store in PostgreSQL: [store] url = "postgresql://user@host/database"',
        )


def load_facts(text: str) -> Mapping[str, Any]:
    """The facts of a row."""
    found: Mapping[str, Any] = json.loads(text)
    return found


_SAME = "Another file of the job has the same place in the output."


def _engine(context: Context, on: str) -> str:
    engines = context.backends["engine"]
    reference = engines.get(on.partition("://")[0])
    if reference is None:
        raise Invalid(f"There is no engine {on[:80]!r}.", code="bulk.engine", hint=f"--on {' or '.join(engines)}")
    return reference


def _free(piece: Piece, taken: set[str]) -> bool:
    if not piece.target:
        return True
    free = piece.target not in taken
    taken.add(piece.target)
    return free


def printable(place: str) -> str:
    """A place as a database holds it, which is the place itself unless its name is not UTF-8."""
    return place.encode("utf-8", "backslashreplace").decode()
