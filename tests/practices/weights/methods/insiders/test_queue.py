"""The ranked queue: what piles up, who is shown, and for whom a threshold was raised."""

import numpy as np

from kept.practices.weights.methods.insiders.features import ACCESSES, BREADTH, BYTES, FEATURES, NEW_FILES
from kept.practices.weights.methods.insiders.habits import Day
from kept.practices.weights.methods.insiders.queue import HIGHEST, PAUSE, Queue, together

PEOPLE = np.arange(4)


def day(**spreads: dict[int, float]) -> Day:
    """A day on which person `p<n>` was so many spreads above, by feature."""
    z = np.zeros((4, len(FEATURES)))
    for person, found in spreads.items():
        for feature, value in found.items():
            z[int(person[1:]), feature] = value
    nothing = np.zeros_like(z)
    return Day(PEOPLE, np.zeros(4, np.int64), nothing, nothing, nothing, z, nothing)


def test_a_little_too_much_for_many_days_passes_a_lot_on_one() -> None:
    queue = Queue()
    for number in range(30):
        queue.score(day(), number)
    for number in range(30, 38):
        slow = queue.score(day(p1={BYTES: 2.5}), number)[1]
    once = queue.score(day(p2={BYTES: 5.0}), 38)[2]
    assert slow > once
    for number in range(39, 80):
        after = queue.score(day(), number)[1]
    assert after < 1
    assert queue.rows["pile"].max() <= HIGHEST


def test_features_that_rise_together_count_once() -> None:
    parts = np.zeros((3, len(FEATURES)))
    parts[0, ACCESSES], parts[1, [ACCESSES, BREADTH]], parts[2, [ACCESSES, BYTES]] = 4, 4, 4
    one, same, two = together(parts)
    assert one == same
    assert two > 1.9 * one


def test_the_budget_is_kept_and_the_same_person_is_not_shown_each_day() -> None:
    queue, scores = Queue(), np.array([9.0, 30.0, 20.0, 1.0])
    queue.score(day(), 0)
    assert list(queue.show(PEOPLE, scores, 1, budget=1)) == [1]
    assert list(queue.show(PEOPLE, scores, 2, budget=1)) == [2]
    assert list(queue.show(PEOPLE, scores, 3, budget=3)) == [0]
    assert list(queue.show(PEOPLE, scores, 1 + PAUSE + 1, budget=1)) == [1]
    assert list(queue.show(PEOPLE, 3 * scores, 2 + PAUSE + 1, budget=1)) == [1]


def test_a_raised_threshold_is_one_persons_and_one_features() -> None:
    queue = Queue()
    queue.score(day(), 0)
    queue.allow(1, NEW_FILES, 3.0)
    queue.allow(1, NEW_FILES, 1.0)
    parts = queue.parts(day(p1={NEW_FILES: 5.0, BYTES: 5.0}, p2={NEW_FILES: 5.0}))
    assert (parts[1, NEW_FILES], parts[1, BYTES], parts[2, NEW_FILES]) == (2.0, 5.0, 5.0)
    queue.allow(1, NEW_FILES, 8.0)
    assert queue.parts(day(p1={NEW_FILES: 8.0}))[1, NEW_FILES] == 4.0
