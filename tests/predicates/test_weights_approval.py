"""A custodian's word on a lease, without their name."""

from typing import Any

import pytest

from kept.errors import Invalid
from kept.predicates.weights_approval import WeightsApproval
from simulators import custody


def test_it_reads_back_and_its_subject_is_the_lease() -> None:
    made = WeightsApproval.of(**custody.approval())
    statement = made.to_statement()
    assert WeightsApproval.parse(statement) == made
    assert statement.subjects[0].digest["sha256"] == custody.LEASE.removeprefix("sha256:")


@pytest.mark.parametrize("more", [{"custodian": "bob"}, {"verdict": "maybe"}, {"signed": ""}])
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        WeightsApproval.of(**custody.approval(**more))
