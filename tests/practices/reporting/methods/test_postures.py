"""A recorded posture is computed again: honest ones hold, and a reading that its log does not give fails."""

import pytest

from kept.errors import Unverified
from kept.practices.reporting.methods.postures import AGAIN, GONE, OTHERS
from kept.practices.reporting.methods.studies import studies
from simulators import postures


def standing(log: postures.Log) -> str:
    return str(studies(log)[-1]["state"])


@pytest.mark.parametrize("what", postures.HONEST)
def test_an_honest_posture_is_computed_again(what: str) -> None:
    assert standing(postures.HONEST[what]()) == AGAIN


def test_the_log_that_is_computed_from_tells_measures_apart() -> None:
    readings = {each["reading"] for each in postures.stated(postures.guarded())["measures"]}
    assert {"met", "missing", "contradicted", "not evidenced"} <= readings


@pytest.mark.parametrize("what", postures.GONE)
def test_where_something_is_gone_that_is_said(what: str) -> None:
    assert standing(postures.GONE[what]()) == GONE


@pytest.mark.parametrize("what", postures.FALSE)
def test_a_reading_that_the_log_does_not_give_fails(what: str) -> None:
    with pytest.raises(Unverified):
        studies(postures.FALSE[what]())


def test_by_other_measures_nothing_can_be_said() -> None:
    said = postures.reading_changed(postures.stated(postures.guarded()), "met")
    log = postures.recorded(postures.guarded(), {**said, "catalog": "sha256:" + "cd" * 32})
    assert standing(log) == OTHERS
