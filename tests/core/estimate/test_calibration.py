"""A calibration counts a judge's errors on labelled answers, and counts for those of its own scope only."""

import pytest

from kept.core.estimate import Calibration, Scope, calibration_for
from kept.errors import Invalid

HERE = Scope("sha256:ab", "cyber", "en", "base64")


def test_it_belongs_to_one_model_domain_language_and_strategy() -> None:
    calibration = Calibration(45, 50, 48, 50, HERE)
    assert calibration.matches(HERE)
    for change in ({"model": "sha256:cd"}, {"domain": "bio"}, {"language": "de"}, {"strategy": "plain"}):
        assert not calibration.matches(HERE._replace(**change))
    assert not Calibration(45, 50, 48, 50).matches(HERE)


def test_those_that_match_are_added_up_and_others_are_left_out() -> None:
    other = Calibration(1, 50, 1, 50, HERE._replace(language="de"))
    found = calibration_for(HERE, [Calibration(45, 50, 48, 50, HERE), other, Calibration(5, 10, 9, 10, HERE)])
    assert found == Calibration(50, 60, 57, 60, HERE)
    assert calibration_for(HERE, [other]) is None


@pytest.mark.parametrize(
    "counts", [(51, 50, 1, 2), (1, 2, 51, 50), (0, 0, 1, 2), (1, 2, 0, 0), (-1, 2, 1, 2), (1.0, 2, 1, 2)]
)
def test_impossible_counts_and_missing_labels_are_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(Invalid):
        Calibration(*counts)


@pytest.mark.parametrize("counts", [(5, 10, 5, 10), (9, 10, 1, 10), (0, 3, 7, 7)])
def test_a_judge_that_says_no_more_than_a_coin_is_refused_and_told_why(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(Invalid, match="add up to") as caught:
        Calibration(*counts).check_informative()
    assert caught.value.code == "estimate.uninformative"
    assert caught.value.hint
