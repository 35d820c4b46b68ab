"""The summary of reads: counts, and the root of their log."""

from typing import Any

import pytest

from kept.errors import Invalid
from kept.predicates.access_summary import AccessSummary
from simulators import custody


def test_it_reads_back_and_its_subject_is_the_rows() -> None:
    made = AccessSummary.of(**custody.summary())
    statement = made.to_statement()
    assert AccessSummary.parse(statement) == made
    assert statement.subjects[0].digest["sha256"] == "ab" * 32


@pytest.mark.parametrize("more", [{"readers": ["alice"]}, {"root": "ab"}, {"reads": -1}, {"since": "yesterday"}])
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        AccessSummary.of(**custody.summary(**more))
