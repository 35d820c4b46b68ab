"""A lease in the log names nobody, no purpose and no host."""

from typing import Any

import pytest

from kept.errors import Invalid
from kept.predicates.weights_lease import WeightsLease
from simulators import custody


def test_it_reads_back_and_its_subject_is_the_weights() -> None:
    made = WeightsLease.of(**custody.lease())
    statement = made.to_statement()
    assert WeightsLease.parse(statement) == made
    assert statement.subjects[0].digest["sha256"] == custody.WEIGHTS.removeprefix("sha256:")


@pytest.mark.parametrize(
    "more", [{"requester": "alice"}, {"purpose": "eval run 12"}, {"state": "lent"}, {"bytes": -1}, {"note": "x"}]
)
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        WeightsLease.of(**custody.lease(**more))
