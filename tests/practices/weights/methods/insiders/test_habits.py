"""What is usual: against one's own past, and less what peers do that day."""

import numpy as np

from kept.practices.weights.methods.insiders.features import ACCESSES, BYTES, FEATURES, NEW_FILES
from kept.practices.weights.methods.insiders.habits import CLIP, Habits

PEOPLE = np.arange(12)
ROLES = np.zeros(12, np.int64)


def ordinary(draw: np.random.Generator, busy: float = 1.0) -> np.ndarray:
    values = np.zeros((12, len(FEATURES)))
    values[:, ACCESSES] = draw.poisson(10 * busy, 12) + 1
    values[:, BYTES] = values[:, ACCESSES] * 1e9 * np.exp(draw.normal(0, 0.3, 12)) * (1 + PEOPLE)
    return values


def learned(days: int = 40) -> tuple[Habits, np.random.Generator]:
    draw, habits = np.random.default_rng(5), Habits()
    for _ in range(days):
        habits.learn(habits.measure(PEOPLE, ROLES, ordinary(draw)))
    return habits, draw


def test_a_day_on_which_everybody_works_twice_as_much_is_nobodys_alarm() -> None:
    habits, draw = learned()
    day = habits.measure(PEOPLE, ROLES, ordinary(draw, busy=2.5))
    assert day.shifts[0, ACCESSES] > 0.5
    assert day.z[:, BYTES].max() < 4


def test_one_who_takes_twenty_times_as_much_stands_out() -> None:
    habits, draw = learned()
    values = ordinary(draw)
    values[3, BYTES] *= 20
    day = habits.measure(PEOPLE, ROLES, values)
    assert day.z[3, BYTES] > 6
    assert day.z[3, BYTES] <= CLIP
    assert day.usual[3, BYTES] < values[3, BYTES] / 8


def test_a_wild_day_moves_what_is_usual_little() -> None:
    habits, draw = learned()
    values = ordinary(draw)
    values[3, BYTES] *= 1000
    before = habits.rows["level"][3, BYTES]
    habits.learn(habits.measure(PEOPLE, ROLES, values))
    assert abs(habits.rows["level"][3, BYTES] - before) < 0.05


def test_a_count_is_judged_by_its_rate() -> None:
    habits, draw = learned()
    values = ordinary(draw)
    values[:, NEW_FILES] = 0
    values[7, NEW_FILES] = 4
    day = habits.measure(PEOPLE, ROLES, values)
    assert day.z[7, NEW_FILES] > 4
    assert abs(day.z[6, NEW_FILES]) < 1


def test_a_newcomer_is_measured_by_the_role() -> None:
    habits, draw = learned()
    people, roles = np.append(PEOPLE, 12), np.append(ROLES, 0)
    values = np.vstack([ordinary(draw), ordinary(draw)[:1]])
    assert np.abs(habits.measure(people, roles, values).z[12]).max() < 4
    values[12, BYTES] = 1e15
    assert habits.measure(people, roles, values).z[12, BYTES] > 6
