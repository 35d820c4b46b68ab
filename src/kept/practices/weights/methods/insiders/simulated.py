"""People who use weights, and a few who steal them: access logs drawn from a seed, with who did what told beside.

How big the house is, how its people work and how much a thief takes are drawn anew for each seed, so that a detector
which is tuned to one log fails on the next. Nothing here knows how the detector works.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256

import numpy as np

from kept.practices.weights.records.insiders import AccessEvent, Outcome

GB = 1_000_000_000
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
ROLES = ("training", "evaluation", "inference", "interpretability", "security", "data")
KINDS = ("bulk", "slow", "drift", "collusion", "late", "decoy")
DECOYS = 3
_LENGTHS = {"bulk": (1, 2), "slow": (10, 18), "drift": (4, 8), "collusion": (8, 15), "late": (3, 7), "decoy": (2, 4)}


@dataclass(frozen=True)
class Person:
    """How one honest person works: accesses a day, gigabytes an access, and where, when and on what."""

    name: str
    role: str
    team: str
    rate: float
    gigabytes: float
    centre: float
    hosts: tuple[str, ...]
    files: tuple[int, ...]
    purposes: tuple[str, ...]
    attendance: float
    weekend: float
    late: float
    refused: float
    exports: float
    approvers: tuple[int, ...]
    away: range
    switch: int


@dataclass(frozen=True)
class House:
    """What was drawn for the whole log."""

    files: int
    by_role: dict[str, tuple[int, ...]]
    release: dict[str, float]
    period: int
    burst: float


@dataclass(frozen=True)
class Thief:
    """Who stole how, and on which days (counted from 0)."""

    who: tuple[int, ...]
    kind: str
    days: range
    strength: float


@dataclass(frozen=True)
class Log:
    """People, thieves, and the days between them."""

    seed: int
    days: int
    quiet: int
    people: tuple[Person, ...]
    thieves: tuple[Thief, ...]
    house: House

    def events(self) -> Iterator[AccessEvent]:
        """Every event in the order of its moment."""
        for day in range(self.days):
            yield from self.day(day)

    def day(self, day: int) -> list[AccessEvent]:
        """The events of one day, in order; the same whenever it is asked for."""
        draw = np.random.default_rng([self.seed, 1, day])
        found: list[AccessEvent] = []
        for number in range(len(self.people)):
            found += _honest_day(self, number, day, draw)
        for thief in self.thieves:
            if day in thief.days:
                found += THEFTS[thief.kind](self, thief, day, np.random.default_rng([self.seed, 2, day, thief.who[0]]))
        return sorted(found, key=lambda event: event.moment)

    def guilty(self) -> dict[str, range]:
        """The name of everyone who steals, with the days of it."""
        return {self.people[who].name: thief.days for thief in self.thieves for who in thief.who}


def simulate(
    seed: int, *, people: int = 200, days: int = 120, quiet: int = 60, thieves: int = 9, kinds: Sequence[str] = KINDS
) -> Log:
    """A log of `days` days; nobody steals in the first `quiet`, nor starts so late that the log would end first."""
    draw = np.random.default_rng([seed, 0])
    house = _house(draw)
    staff = tuple(_person(number, people, house, days, draw) for number in range(people))
    chosen = draw.permutation(people)
    guilty = [
        _thief(kinds[(number + seed) % len(kinds)], chosen[2 * number : 2 * number + 2], days, quiet, draw)
        for number in range(thieves)
    ]
    return Log(seed, days, quiet, staff, tuple(guilty), house)


@cache
def file_id(number: int) -> str:
    """The id of the sealed file with this number; those of decoys are negative."""
    return sha256(f"sealed file {number}".encode()).hexdigest()


def _house(draw: np.random.Generator) -> House:
    files = int(draw.integers(60, 240))
    roles = ROLES[: int(draw.integers(3, len(ROLES) + 1))]
    by_role = {
        role: tuple(int(file) for file in draw.permutation(files)[: int(files * draw.uniform(0.3, 0.6))])
        for role in roles
    }
    release = {role: float(draw.uniform(1.0, 2.2)) for role in roles}
    return House(files, by_role, release, int(draw.integers(3, 6)), float(draw.uniform(0.0, 0.008)))


def _person(number: int, people: int, house: House, days: int, draw: np.random.Generator) -> Person:
    roles = tuple(house.by_role)
    role = roles[int(draw.integers(len(roles)))]
    known = house.by_role[role]
    level = np.random.default_rng(sorted(house.by_role).index(role)).uniform(0.6, 2.8)
    first = int(draw.integers(days))
    return Person(
        name=f"person {number}",
        role=role,
        team=f"{role}-{int(draw.integers(1, 4))}",
        rate=float(np.exp(draw.normal(level, 0.5))),
        gigabytes=float(np.exp(draw.normal(level - 1.5, 1.0))),
        centre=float(draw.normal(13.0, 1.2) + (12 if draw.random() < 0.03 else 0)) % 24,
        hosts=tuple(f"host-{int(host)}" for host in draw.integers(0, people, int(draw.integers(1, 4)))),
        files=tuple(
            int(file) for file in draw.choice(known, min(len(known), int(draw.integers(5, 20))), replace=False)
        ),
        purposes=tuple(f"{role} {word}" for word in draw.choice(60, int(draw.integers(1, 5)), replace=False)),
        attendance=float(draw.beta(18, 2)),
        weekend=float(draw.beta(1, 9)),
        late=float(draw.beta(1.5, 30)),
        refused=float(draw.beta(1.5, 70)),
        exports=float(draw.beta(1.2, 40)),
        approvers=tuple(int(other) for other in draw.choice(people, 5, replace=False) if other != number),
        away=range(first, first + int(draw.integers(5, 15))) if draw.random() < 0.6 else range(0),
        switch=int(draw.integers(days)) if draw.random() < 0.12 else days,
    )


def _thief(kind: str, who: np.ndarray, days: int, quiet: int, draw: np.random.Generator) -> Thief:
    low, high = {
        "bulk": (1, 2),
        "slow": (10, 18),
        "drift": (4, 8),
        "collusion": (8, 15),
        "late": (3, 7),
        "decoy": (2, 4),
    }[kind]
    length = int(draw.integers(low, high + 1))
    first = int(draw.integers(quiet + 2, days - length))
    both = tuple(int(each) for each in who) if kind == "collusion" else (int(who[0]),)
    return Thief(both, kind, range(first, first + length), float(draw.uniform(0.6, 1.8)))


def _busy(log: Log, person: Person, day: int) -> float:
    """How much of an ordinary day's work falls on this day."""
    if day in person.away:
        return 0.0
    releasing = (day // 14) % log.house.period == log.house.period - 1
    return (0.3 if day % 7 >= 5 else 1.0) * (log.house.release[person.role] if releasing else 1.0)


def _honest_day(log: Log, number: int, day: int, draw: np.random.Generator) -> list[AccessEvent]:
    person, busy = log.people[number], _busy(log, log.people[number], day)
    if not busy or draw.random() > (person.weekend if day % 7 >= 5 else person.attendance):
        return []
    mean = person.rate * busy * (5 if draw.random() < log.house.burst else 1)
    count = int(draw.negative_binomial(3, 3 / (3 + mean)))
    chances, tails = draw.random((count, 7)).tolist(), draw.standard_normal((count, 2)).tolist()
    found = [_honest_access(log, number, day, *drawn) for drawn in zip(chances, tails, strict=True)]
    if draw.random() < 0.2:
        found += _leased(log, number, int(draw.choice(person.approvers)), _at(day, _hour(person, draw)), draw)
    return found


def _honest_access(log: Log, number: int, day: int, chances: list[float], tails: list[float]) -> AccessEvent:
    person, known = log.people[number], log.house.by_role[log.people[number].role]
    files = person.files
    if day >= person.switch:
        files = (*files[: len(files) // 2], *known[: len(files) // 2])
    file = files[min(int(-np.log1p(-chances[0]) * len(files) / 4), len(files) - 1)]
    if chances[1] < 0.02:
        file = known[int(chances[1] / 0.02 * len(known))]
    hour = chances[2] / person.late * 24 if chances[2] < person.late else person.centre + 2.4 * tails[0]
    size = person.gigabytes / 3 * float(np.exp(0.8 * tails[1]))
    outcome: Outcome = "read"
    if chances[3] < person.refused + person.exports:
        outcome, size = ("refused", 0) if chances[3] < person.refused else ("export", size)
    return _access(person, file, day, hour, size, outcome, chances[4:])


def _hour(person: Person, draw: np.random.Generator) -> float:
    return float(person.centre + draw.normal(0, 2.4)) % 24


def _at(day: int, hour: float) -> datetime:
    return MONDAY + timedelta(days=day, seconds=int(hour % 24 * 3600))


def _access(
    person: Person, file: int, day: int, hour: float, gigabytes: float, outcome: Outcome, chances: Sequence[float]
) -> AccessEvent:
    return AccessEvent(
        moment=_at(day, hour),
        actor=person.name,
        outcome=outcome,
        file=file_id(file),
        tensors=f"model.layers.{int(chances[0] * 32)}.*",
        bytes=int(gigabytes * GB),
        team=person.team,
        role=person.role,
        host=person.hosts[int(chances[1] * len(person.hosts))],
        purpose=person.purposes[int(chances[2] * len(person.purposes))],
        lease=f"{person.name} {day // 7}",
        code="lease.scope" if outcome == "refused" else "",
        decoy=file < 0,
    )


def _leased(log: Log, number: int, approver: int, moment: datetime, draw: np.random.Generator) -> list[AccessEvent]:
    """A request and its approval by another, minutes later and on the same day."""
    asking, saying = log.people[number], log.people[approver]
    file = file_id(int(draw.choice(asking.files)))
    lease = f"{asking.name} {moment.toordinal()}"
    later = min(moment + timedelta(minutes=int(draw.integers(1, 120))), moment.replace(hour=23, minute=59, second=59))
    request = AccessEvent(
        moment,
        asking.name,
        "request",
        file,
        role=asking.role,
        team=asking.team,
        purpose=asking.purposes[0],
        lease=lease,
    )
    approval = replace(
        request,
        moment=later,
        actor=saying.name,
        outcome="approval",
        role=saying.role,
        team=saying.team,
        other=asking.name,
    )
    return [request, approval]


def _stolen(
    log: Log,
    thief: Thief,
    day: int,
    draw: np.random.Generator,
    *,
    count: int,
    gigabytes: float,
    exported: float = 0.0,
    night: float = 0.0,
    strange: float = 0.0,
    who: int = 0,
    refused: int = 0,
) -> list[AccessEvent]:
    """Accesses that the thief adds to an honest day: `gigabytes` in all, in part exported, at night, strange."""
    person = log.people[thief.who[who]]
    found = []
    for number in range(count + refused):
        hour = float(draw.uniform(22, 29)) if draw.random() < night else _hour(person, draw)
        file = int(draw.choice(person.files))
        if draw.random() < strange:
            file = int(draw.integers(log.house.files))
        outcome: Outcome = "refused" if number >= count else "export" if draw.random() < exported else "read"
        found.append(
            _access(
                person, file, day, hour, gigabytes / count if number < count else 0, outcome, draw.random(3).tolist()
            )
        )
    return found


def _ordinary(log: Log, thief: Thief) -> float:
    """The gigabytes of the thief's ordinary day, never quite nothing."""
    person = log.people[thief.who[0]]
    return max(person.rate, 1.0) * person.gigabytes / 3 * 1.4


def _bulk(log: Log, thief: Thief, day: int, draw: np.random.Generator) -> list[AccessEvent]:
    taken = 20 * thief.strength * _ordinary(log, thief)
    return _stolen(
        log, thief, day, draw, count=int(draw.integers(3, 12)), gigabytes=taken, exported=0.4, night=0.4, strange=0.5
    )


def _slow(log: Log, thief: Thief, day: int, draw: np.random.Generator) -> list[AccessEvent]:
    taken = thief.strength * _ordinary(log, thief)
    return _stolen(
        log, thief, day, draw, count=int(draw.integers(1, 4)), gigabytes=taken, exported=0.4, night=0.4, strange=0.3
    )


def _drift(log: Log, thief: Thief, day: int, draw: np.random.Generator) -> list[AccessEvent]:
    taken = thief.strength * _ordinary(log, thief)
    count, refused = int(draw.integers(3, 8)), int(draw.integers(1, 5))
    return _stolen(log, thief, day, draw, count=count, gigabytes=taken, strange=0.9, refused=refused)


def _late(log: Log, thief: Thief, day: int, draw: np.random.Generator) -> list[AccessEvent]:
    taken = 1.5 * thief.strength * _ordinary(log, thief)
    return _stolen(log, thief, day, draw, count=int(draw.integers(3, 9)), gigabytes=taken, night=0.95, exported=0.1)


def _collusion(log: Log, thief: Thief, day: int, draw: np.random.Generator) -> list[AccessEvent]:
    found = []
    for _ in range(int(draw.integers(1, 4))):
        asking = int(draw.integers(2))
        moment = _at(day, _hour(log.people[thief.who[asking]], draw))
        found += _leased(log, thief.who[asking], thief.who[1 - asking], moment, draw)
    taken = 0.8 * thief.strength * _ordinary(log, thief)
    return found + _stolen(log, thief, day, draw, count=2, gigabytes=taken, exported=0.6, strange=0.4)


def _decoy(log: Log, thief: Thief, day: int, draw: np.random.Generator) -> list[AccessEvent]:
    person = log.people[thief.who[0]]
    hour = _hour(person, draw)
    opened = _access(person, -1 - int(draw.integers(DECOYS)), day, hour, 0, "refused", draw.random(3).tolist())
    return [
        opened,
        *_stolen(log, thief, day, draw, count=2, gigabytes=1, strange=0.7, refused=int(draw.integers(1, 4))),
    ]


Theft = Callable[[Log, Thief, int, np.random.Generator], list[AccessEvent]]
THEFTS: dict[str, Theft] = {
    "bulk": _bulk,
    "slow": _slow,
    "drift": _drift,
    "collusion": _collusion,
    "late": _late,
    "decoy": _decoy,
}
