"""How many simulated thieves the three tiers notice, and how many honest people they accuse."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from kept.practices.weights.methods.insiders.detector import Detector
from kept.practices.weights.methods.insiders.simulated import MONDAY, Log, simulate
from kept.practices.weights.records.insiders import Alarm, Manner, Tier

SIMULATOR = "kept insider simulator, version 1"
DAYS, PEOPLE, THEFTS = 120, 100, 7
TIERS: tuple[Tier, ...] = ("rule", "queue", "guarantee")


@dataclass(slots=True)
class Counted:
    """What came of the runs so far: thieves, those of whom any tier alarmed on a day of theft, and honest people."""

    attempts: int = 0
    noticed: int = 0
    tiers: Counter[Tier] = field(default_factory=Counter)
    innocent: int = 0
    accused: int = 0

    def add(self, log: Log, alarms: Iterable[Alarm]) -> None:
        """Take in the alarms of one run; two who steal together are one attempt."""
        guilty = log.guilty()
        caught: dict[str, set[Tier]] = {}
        accused = set()
        for alarm in alarms:
            if alarm.actor not in guilty:
                accused |= {alarm.actor} if alarm.tier == "guarantee" else set()
            elif (date.fromisoformat(alarm.day) - MONDAY.date()).days in guilty[alarm.actor]:
                caught.setdefault(alarm.actor, set()).add(alarm.tier)
        for thief in log.thieves:
            by = set().union(*(caught.get(log.people[who].name, set()) for who in thief.who))
            self.attempts += 1
            self.noticed += bool(by)
            self.tiers.update(by)
        self.innocent += len(log.people) - len(guilty)
        self.accused += len(accused)


def run(seed: int, counted: Counted, *, manner: Manner, people: int = PEOPLE, thieves: int = THEFTS) -> None:
    """Simulate a house of `people` over 120 days, of whom some steal, watch it as a real one, and count."""
    log = simulate(seed, people=people, days=DAYS, thieves=thieves)
    detector = Detector(manner, np.random.default_rng([seed, 3]).random)
    alarms = [alarm for event in log.events() for alarm in detector.feed(event)]
    counted.add(log, [*alarms, *detector.close()])


def seed_of(exercise: str, number: int) -> int:
    """The seed of one run: it follows from the exercise's id, so that anyone can run it again."""
    return int.from_bytes(hashlib.sha256(f"{exercise} {number}".encode()).digest()[:8])
