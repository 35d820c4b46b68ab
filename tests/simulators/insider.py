"""People who use weights and a few who steal them, from a seed; and events with the counts of somebody else's table."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import numpy as np

from kept.practices.weights.methods.insiders.simulated import GB, KINDS, MONDAY, Log, Person, Thief, file_id, simulate
from kept.practices.weights.records.insiders import AccessEvent

__all__ = ["GB", "KINDS", "MONDAY", "Log", "Person", "Thief", "file_id", "from_days", "simulate"]


def from_days(counts: Any, roles: Sequence[int], *, quiet: int = 0) -> Iterator[AccessEvent]:
    """Events with these counts for each person and day, shaped (people, days, 6).

    The columns are accesses, gigabytes, late accesses, new files, refusals and exported gigabytes.
    """
    people, days, _ = counts.shape
    for day in range(days):
        found: list[AccessEvent] = []
        for who in range(people):
            found += _day_of(who, day, [float(each) for each in counts[who, day]], int(roles[who]))
        yield from sorted(found, key=lambda event: event.moment)


def _day_of(who: int, day: int, counts: list[float], role: int) -> list[AccessEvent]:
    accesses, gigabytes, late, new, refused, exported = counts
    count = max(round(accesses), 1 if gigabytes > 0 else 0)
    draw = np.random.default_rng([who, day])
    plain = AccessEvent(
        MONDAY, f"person {who}", "read", role=f"role {role}", team=f"team {role}", host=f"host-{who}", lease="l"
    )
    found = []
    for number in range(count):
        hour = 3.0 if number < round(late) else float(draw.uniform(9, 18))
        file = f"new {who} {day} {number}" if number < round(new) else f"own {who} {int(draw.integers(8))}"
        out = number == count - 1 and exported > 0
        size = exported if out else max(gigabytes - exported, 0) / max(count - 1, 1)
        found.append(
            replace(
                plain,
                moment=MONDAY + timedelta(days=day, hours=hour),
                outcome="export" if out else "read",
                file=sha256(file.encode()).hexdigest(),
                bytes=int(size * GB),
            )
        )
    refusal = replace(plain, outcome="refused", code="lease.scope", file="own")
    return found + [
        replace(refusal, moment=MONDAY + timedelta(days=day, hours=float(draw.uniform(9, 18))))
        for _ in range(round(refused))
    ]
