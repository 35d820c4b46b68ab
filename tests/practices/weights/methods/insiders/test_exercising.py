"""An exercise counts thefts and the accused; it can be run again from its id."""

import pytest

from kept.practices.weights.methods.insiders.exercising import DAYS, PEOPLE, THEFTS, Counted, run, seed_of
from kept.practices.weights.methods.insiders.simulated import MONDAY, simulate
from kept.practices.weights.records.insiders import Alarm, Manner


def alarm(actor: str, day: int, tier: str = "queue") -> Alarm:
    from datetime import timedelta

    return Alarm(tier, (MONDAY + timedelta(days=day)).date().isoformat(), actor, 1.0, (), "")  # type: ignore[arg-type]


def test_a_theft_is_noticed_on_a_day_of_theft_by_whoever_takes_part() -> None:
    log = simulate(1, people=20, days=DAYS, thieves=2, kinds=("collusion", "bulk"))
    pair = next(thief for thief in log.thieves if len(thief.who) == 2)
    second, first_day = log.people[pair.who[1]].name, pair.days[0]
    counted = Counted()
    counted.add(log, [alarm(second, first_day), alarm(second, first_day, "rule"), alarm(second, first_day - 1)])
    counted.add(log, [alarm(second, first_day - 1), alarm("nobody", first_day)])
    assert (counted.attempts, counted.noticed, counted.accused) == (4, 1, 0)
    assert dict(counted.tiers) == {"queue": 1, "rule": 1}
    assert counted.innocent == 2 * (20 - len(log.guilty()))


def test_only_the_tier_with_a_bound_accuses() -> None:
    log = simulate(1, people=20, days=DAYS, thieves=1)
    honest = next(person.name for person in log.people if person.name not in log.guilty())
    counted = Counted()
    counted.add(log, [alarm(honest, 70, tier) for tier in ("queue", "rule", "guarantee", "guarantee")])
    assert (counted.accused, counted.noticed) == (1, 0)


@pytest.mark.parametrize("exercise", ["x-0123456789abcdef"])
def test_anyone_can_run_it_again(exercise: str) -> None:
    found = []
    for _ in range(2):
        counted = Counted()
        run(seed_of(exercise, 0), counted, manner=Manner())
        found.append(counted)
    assert found[0] == found[1]
    assert found[0].attempts == THEFTS
    assert found[0].innocent >= PEOPLE - 2 * THEFTS
    assert seed_of(exercise, 0) != seed_of(exercise, 1)
