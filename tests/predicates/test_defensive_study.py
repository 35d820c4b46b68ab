"""Does the model help to find and to fix weaknesses?"""

import pytest

from kept.errors import Invalid, Unverified
from kept.predicates.defensive_study import DefensiveStudy
from simulators import studies


def test_a_study_goes_through_a_statement_and_back() -> None:
    found = DefensiveStudy.of(**studies.defence())
    found.check()
    assert DefensiveStudy.parse(found.to_statement()) == found
    assert found.found.difference.value == pytest.approx(18 / 24 - 11 / 25)
    assert found.fixed.worst.value < found.fixed.difference.value


@pytest.mark.parametrize("kind", ["found", "fixed"])
def test_a_figure_that_its_counts_do_not_give_fails(kind: str) -> None:
    fields = studies.defence()
    worst = {**fields[kind]["worst"], "unassessed": 0}
    fields[kind] = {**fields[kind], "worst": worst}
    with pytest.raises(Unverified, match=f"of what was {kind}.*unassessed"):
        DefensiveStudy.of(**fields).check()


@pytest.mark.parametrize("change", [{"fixed": 19}, {"found": 25}, {"unassessed": 8}, {"weaknesses": 17}])
def test_what_cannot_be_is_malformed(change: dict) -> None:
    arm = {**studies.defence()["with_model"], **change}
    with pytest.raises(Invalid, match="no more were fixed"):
        DefensiveStudy.of(**studies.defence(with_model=arm))
