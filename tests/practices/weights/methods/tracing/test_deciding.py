"""Who is named is under the gate, and who is merely suspected is shown."""

import numpy as np

from kept.practices.weights.methods.tracing.deciding import SHOWN, SUSPECTED, leads, named, shown
from simulators.leaker import recipients


def test_who_is_named_is_under_the_gate_and_who_is_suspected_is_shown() -> None:
    keys = recipients(30)
    found = np.zeros(30)
    found[[3, 7, 9]] = 12.0, 7.0, 6.6
    ordered = leads(keys, found, hypotheses=5)
    assert [lead.score for lead in named(ordered)] == [12.0, 7.0]
    assert ordered[2].chance < SUSPECTED
    assert [lead.recipient for lead in shown(ordered)[:3]] == [keys[at].recipient for at in (3, 7, 9)]
    assert len(shown(ordered)) == 3 + SHOWN
    assert named(leads(keys, found, hypotheses=1000)) == (leads(keys, found, hypotheses=1000)[0],)


def test_a_chance_is_never_nothing_and_never_above_one() -> None:
    best, _, worst = leads(recipients(3), np.array([5000.0, 0.0, -9.0]), hypotheses=1000)
    assert 0 < best.chance < 1e-290
    assert best.exponent < -5_000_000
    assert worst.chance == 1.0
    assert named(()) == ()
