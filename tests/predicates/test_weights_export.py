"""An export links the copy with what it was made from."""

from typing import Any

import pytest

from kept.errors import Invalid
from kept.predicates.weights_export import WeightsExport
from simulators import custody


def test_it_reads_back_and_its_subjects_are_the_copy_and_its_parent() -> None:
    made = WeightsExport.of(**custody.export())
    statement = made.to_statement()
    assert WeightsExport.parse(statement) == made
    held = [each.digest["sha256"] for each in statement.subjects]
    assert held == [digest.removeprefix("sha256:") for digest in (custody.COPY, custody.WEIGHTS)]


@pytest.mark.parametrize(
    "more", [{"recipient": "lab"}, {"strength": 0.0}, {"strength": 1.0}, {"tensors": 0}, {"parent": custody.FILE}]
)
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        WeightsExport.of(**custody.export(**more))
