"""A measurement on a data set: announced, then told item by item without a text."""

from typing import Any

import pytest

from kept.errors import Invalid, Unverified
from kept.predicates.dataset_measurement import DatasetMeasurement
from simulators.measurements import finished, planned


def test_both_halves_go_through_a_statement_and_back() -> None:
    plan, result = DatasetMeasurement.of(**planned()), DatasetMeasurement.of(**finished())
    for each in (plan, result):
        each.check()
        assert DatasetMeasurement.parse(each.to_statement()) == each
    assert plan.announced == result.announced
    assert (plan.sees, result.sees) == ((), (4,))
    assert "plan" not in plan.to_statement().predicate


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (planned(plan=4), "has its plan and parts"),
        (finished(plan=None), "has its plan and parts"),
        (finished(parts=[]), "has its plan and parts"),
        (planned(parts=finished()["parts"]), "has its plan and parts"),
        (finished(dataset={**planned()["dataset"], "items": 9}), "every item is told"),
        (finished(parts=finished()["parts"] * 2), "each part is told once"),
        (finished("ss", "r"), "asked once"),
        (planned(state="abandoned"), "state"),
        (planned(dataset={**planned()["dataset"], "revision": "main"}), "dataset.revision"),
    ],
)
def test_what_cannot_be_is_malformed(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        DatasetMeasurement.of(**fields)


def test_a_figure_that_the_tallies_do_not_give_fails() -> None:
    fields = finished()
    part = fields["parts"][0]
    fields["parts"] = [{**part, "estimate": {**part["estimate"], "low": 0.0}}]
    with pytest.raises(Unverified, match="states low"):
        DatasetMeasurement.of(**fields).check()
