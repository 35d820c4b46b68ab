"""From events to one row of counts for each person who was active on a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kept.practices.weights.methods.insiders.features import (
    ACCESSES,
    BREADTH,
    BYTES,
    EXPORTED,
    FEATURES,
    NEW_FILES,
    NEW_HOSTS,
    OUTSIDE,
    REFUSED,
)
from kept.practices.weights.methods.insiders.remembering import Remembered
from kept.practices.weights.records.insiders import AccessEvent

HOURS = 24
DISTINCT = 4096
"""How many different things of one person and day are told apart; more count no further."""


@dataclass(slots=True)
class _Tally:
    counts: list[float] = field(default_factory=lambda: [0.0] * len(FEATURES))
    hours: list[int] = field(default_factory=lambda: [0] * HOURS)
    seen: set[tuple[str, ...]] = field(default_factory=set)


class Counting:
    """The day that is not over yet. What a person and a role ever used is remembered across days."""

    def __init__(self, known: Remembered, usual: Remembered) -> None:
        """`known` has a filter for each person, `usual` one for all roles together."""
        self._known, self._usual = known, usual
        self._tallies: dict[int, _Tally] = {}
        self.approvals: list[tuple[int, int]] = []

    def add(self, person: int, event: AccessEvent, *, other: Callable[[str], int]) -> None:
        """Count one event of a person; `other` gives the row of the other party by name."""
        tally = self._of(person)
        outcome, counts = event.outcome, tally.counts
        if outcome == "approval":
            if event.other and event.other != event.actor:
                asker = other(event.other)
                self._of(asker)
                self.approvals.append((person, asker))
            return
        if outcome == "request":
            return
        tally.hours[event.moment.hour] += 1
        if outcome == "refused":
            counts[REFUSED] += 1
        else:
            counts[ACCESSES] += 1
            counts[BYTES] += event.bytes
            if outcome == "export":
                counts[EXPORTED] += event.bytes
        self._tell_apart(person, event, tally)

    def close(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """The people who were active, their counts and their hours; the next day begins."""
        people = np.fromiter(self._tallies, np.int64, len(self._tallies))
        counts = np.array([tally.counts for tally in self._tallies.values()]).reshape(-1, len(FEATURES))
        hours = np.array([tally.hours for tally in self._tallies.values()], float).reshape(-1, HOURS)
        self._tallies, self.approvals = {}, []
        return people, counts, hours

    def _of(self, person: int) -> _Tally:
        tally = self._tallies.get(person)
        if tally is None:
            tally = self._tallies[person] = _Tally()
        return tally

    def _tell_apart(self, person: int, event: AccessEvent, tally: _Tally) -> None:
        seen, counts = tally.seen, tally.counts
        if len(seen) >= DISTINCT:
            return
        opened = ("", event.file, event.tensors)
        if opened not in seen:
            seen.add(opened)
            counts[BREADTH] += 1
        for kind, what, number in (("f", event.file, NEW_FILES), ("h", event.host, NEW_HOSTS)):
            if what and (kind, what) not in seen:
                seen.add((kind, what))
                if not self._known.meet(person, f"{kind}{what}".encode(errors="replace")):
                    counts[number] += 1
        if event.role and ("o", event.file, event.purpose) not in seen:
            seen.add(("o", event.file, event.purpose))
            pair = f"{event.role}\0{event.file}\0{event.purpose}".encode(errors="replace")
            if not self._usual.meet(0, pair):
                counts[OUTSIDE] += 1
