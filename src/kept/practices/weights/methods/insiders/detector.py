"""The three tiers over one stream of events, day by day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import numpy as np
from numpy.typing import NDArray

from kept.practices.weights.methods.insiders import explaining, rules
from kept.practices.weights.methods.insiders.counting import Counting
from kept.practices.weights.methods.insiders.features import ACCESSES, BYTES, LATE, MUTUAL, REFUSED
from kept.practices.weights.methods.insiders.habits import WARM, Day, Habits
from kept.practices.weights.methods.insiders.hours import Hours
from kept.practices.weights.methods.insiders.pairs import STRANGE, Pairs
from kept.practices.weights.methods.insiders.queue import Queue
from kept.practices.weights.methods.insiders.remembering import Remembered
from kept.practices.weights.methods.insiders.wealth import Wealth
from kept.practices.weights.records.insiders import AccessEvent, Alarm, Manner

Uniform = Callable[[int], NDArray[np.float64]]
"""Draws so many numbers from [0, 1)."""

PERSON_BITS, ROLE_BITS = 1024, 1 << 22
GENERATION = 90
"""After so many days, what wasn't met again is forgotten with the next generation."""


class Detector:
    """Fed events in the order in which they were logged; says at once which rule is broken, the rest when a day ends.

    What it keeps grows with the number of people alone, whatever they do (`bytes`); the running day adds what was done
    in it. Moments are taken as they are: bring them to the house's time zone first.
    """

    def __init__(self, manner: Manner, uniform: Uniform) -> None:
        self.manner = manner
        self.people: dict[str, int] = {}
        self.roles: dict[str, int] = {}
        self.role_of: list[int] = []
        self.today: date | None = None
        self.days = 0
        self.habits, self.hours, self.queue = Habits(), Hours(), Queue()
        self.wealth, self.pairs = Wealth(), Pairs()
        self.known, self.usual = Remembered(PERSON_BITS), Remembered(ROLE_BITS)
        self.counting = Counting(self.known, self.usual)
        self.last_day: tuple[Day, NDArray[np.float64], NDArray[np.float64]] | None = None
        self._uniform = uniform
        self._names: list[str] = []
        self._told: set[tuple[int, str]] = set()

    def feed(self, event: AccessEvent) -> Iterator[Alarm]:
        """Take in one event; one of a later day ends the running one. Late ones count to the running day."""
        day = event.moment.date()
        if self.today is None or day > self.today:
            if self.today is not None:
                yield from self.close()
            self.today = day
        person = self.row(event.actor, event.role)
        self.counting.add(person, event, other=self.row)
        if rule := rules.broken(event, leases=self.manner.leases):
            yield from self._rule(person, event, rule)

    def close(self) -> Iterator[Alarm]:
        """End the running day: rank, test, and learn."""
        today = self.today
        self.today = None
        self._told.clear()
        if today is None:
            return
        day = self._measured(today)
        if len(day.people):
            parts = self.queue.parts(day)
            scores = self.queue.score(day, today.toordinal())
            self.last_day = (day, scores, parts)
            if self.days >= WARM:
                yield from self._shown(today, day, scores, parts)
            yield from self._accused(today, day, parts)
            self.habits.learn(day)
        self.days += 1
        if self.days % GENERATION == 0:
            self.known.turn()
            self.usual.turn()

    def row(self, name: str, role: str = "") -> int:
        """The row of a person, who is given one where they are new; a role that is told is theirs from now on."""
        person = self.people.get(name)
        if person is None:
            person = self.people[name] = len(self._names)
            self._names.append(name)
            self.role_of.append(self.roles.setdefault(role, len(self.roles)))
            self.known.make_room(person + 1)
        elif role:
            self.role_of[person] = self.roles.setdefault(role, len(self.roles))
        return person

    def name(self, person: int) -> str:
        """Whose row it is."""
        return self._names[person]

    def names(self) -> list[str]:
        """Everybody, in the order of their rows."""
        return list(self._names)

    def forgive(self, name: str, features: dict[int, float]) -> None:
        """Take a pattern for harmless: raise this person's own thresholds for these features, and test them anew."""
        person = self.row(name)
        for number, spreads in features.items():
            self.queue.allow(person, number, spreads)
        self.wealth.restart(person)

    def bytes(self) -> int:
        """How many bytes the state of all people takes, without the running day and the names."""
        tables = (self.habits.rows, self.hours.rows, self.queue.rows, self.wealth.rows)
        filters = (self.known, self.usual)
        return sum(rows.bytes() for rows in tables) + sum(len(each.now) + len(each.before) for each in filters)

    def _measured(self, today: date) -> Day:
        approvals = self.counting.approvals
        people, values, hours = self.counting.close()
        roles = np.array(self.role_of, np.int64)[people] if len(people) else np.zeros(0, np.int64)
        rest = self._rests(today)
        if len(people):
            values[:, LATE] = self.hours.late(people, roles, hours, rest=rest)
        self.pairs.learn(approvals)
        place = {int(person): number for number, person in enumerate(people)}
        for first, second in approvals:
            if self.pairs.strength(first, second) >= STRANGE:
                values[place[first], MUTUAL] += 1
                values[place[second], MUTUAL] += 1
        return self.habits.measure(people, roles, values)

    def _rests(self, today: date) -> bool:
        return today.weekday() in self.manner.rest

    def _rule(self, person: int, event: AccessEvent, rule: str) -> Iterator[Alarm]:
        """One alarm a day for each person and rule."""
        if (person, rule) in self._told:
            return
        self._told.add((person, rule))
        day = event.moment.date().isoformat()
        yield Alarm("rule", day, event.actor, 0.0, (), rules.words(rule), rule, events=1, bytes=event.bytes)

    def _shown(self, today: date, day: Day, scores: NDArray[np.float64], parts: NDArray[np.float64]) -> Iterator[Alarm]:
        for row in self.queue.show(day.people, scores, today.toordinal(), budget=self.manner.budget):
            found = explaining.reasons(day, int(row), parts[row])
            pile = float(self.queue.rows["pile"][day.people[row]])
            words = explaining.sentence(found, pile=pile - max(float(scores[row]) - pile, 0.0))
            yield self._alarm("queue", today, day, int(row), float(scores[row]), parts, words)

    def _accused(self, today: date, day: Day, parts: NDArray[np.float64]) -> Iterator[Alarm]:
        kept, scores = self.habits.steady(day)
        places = np.flatnonzero(kept)
        if not len(places):
            return
        people = day.people[places]
        before = self.wealth.rows["highest"][people] if len(self.wealth.rows["highest"]) > people.max() else 1.0
        wealth = self.wealth.bet(people, scores[places], self._uniform(len(places)), rest=self._rests(today))
        passed = (wealth >= 1 / self.manner.alpha) & (before < 1 / self.manner.alpha)
        for row, made in zip(places[passed], wealth[passed], strict=True):
            words = explaining.sentence(explaining.reasons(day, int(row), parts[row]))
            said = f"Day after day above their own past, by chance for at most {self.manner.alpha:.1%} of the innocent."
            yield self._alarm("guarantee", today, day, int(row), float(made), parts, f"{said} Last: {words}")

    def _alarm(
        self, tier: str, today: date, day: Day, row: int, score: float, parts: NDArray[np.float64], words: str
    ) -> Alarm:
        values = day.values[row]
        return Alarm(
            "guarantee" if tier == "guarantee" else "queue",
            today.isoformat(),
            self.name(int(day.people[row])),
            round(score, 2),
            explaining.reasons(day, row, parts[row]),
            words,
            events=int(values[ACCESSES] + values[REFUSED]),
            bytes=int(values[BYTES]),
        )
