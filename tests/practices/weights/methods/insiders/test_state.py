"""A detector that is frozen and thawed goes on as if nothing had happened."""

import numpy as np
import pytest

from kept.errors import Invalid
from kept.practices.weights.methods.insiders.detector import Detector
from kept.practices.weights.methods.insiders.state import freeze, thaw
from kept.practices.weights.records.insiders import Manner
from simulators.insider import simulate

LOG = simulate(7300, people=25, days=40, quiet=20, thieves=2)


def test_a_thawed_detector_raises_what_the_other_would_have() -> None:
    draw, again = np.random.default_rng(1), np.random.default_rng(1)
    whole = Detector(Manner(), draw.random)
    expected = [alarm for event in LOG.events() for alarm in whole.feed(event)]
    cut = Detector(Manner(), again.random)
    found = []
    for day in range(LOG.days):
        for event in LOG.day(day):
            found += cut.feed(event)
        if day < LOG.days - 1:
            found += cut.close()
            cut = thaw(freeze(cut), Manner(), again.random)
    assert found == expected
    assert expected


def test_what_is_no_state_is_refused() -> None:
    good = freeze(Detector(Manner(), np.random.default_rng(1).random))
    for data in (b"", b"PK\x03\x04", good[: len(good) // 2], b"x" * 1000):
        with pytest.raises(Invalid, match="damaged"):
            thaw(data, Manner(), np.random.default_rng(1).random)


def test_names_of_any_kind_survive() -> None:
    detector = Detector(Manner(), np.random.default_rng(1).random)
    for name in ("dana", "", "Zoë\n", "東京", "a" * 500):
        detector.row(name, role="r\0le")
    again = thaw(freeze(detector), Manner(), np.random.default_rng(1).random)
    assert again.people == detector.people
    assert again.roles == detector.roles
