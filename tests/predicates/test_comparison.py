"""A comparison is read as it was written, and nothing else is one."""

from typing import Any

import pytest

from kept.core.statement import Statement, Subject
from kept.errors import Invalid
from kept.predicates.comparison import TYPE, Comparison
from simulators.comparisons import AFTER, Log

FIELDS = Log().comparison()


def parse(fields: dict[str, Any]) -> Comparison:
    return Comparison.parse(Statement((Subject("model", {"sha256": "8" * 64}),), TYPE, fields))


def test_it_reads_back_and_its_subject_is_the_second_model() -> None:
    found = parse(FIELDS)
    assert found.model_dump(mode="json", exclude_none=True) == FIELDS
    statement = found.to_statement(model_name=AFTER.name)
    assert statement.subjects[0].digest == {"sha256": AFTER.id.removeprefix("sha256:")}
    assert Comparison.parse(statement) == found


@pytest.mark.parametrize(
    "change",
    [
        {"comparison": "c-" + "1" * 16},
        {"domains": [{**FIELDS["domains"][0], "worse": -1}]},
        {"domains": [{**FIELDS["domains"][0], "difference": {**FIELDS["domains"][0]["difference"], "value": 1.5}}]},
        {"cells": [{**FIELDS["cells"][0], "regression": "no"}]},
        {"only_before": [["cyber", "plain"]]},
        {"deviations": [{"of": "before", "what": "mood"}]},
        {"preregistration": -1},
        {"remark": "x"},
    ],
)
def test_another_shape_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        parse(FIELDS | change)
