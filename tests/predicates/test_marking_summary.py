"""The summary of a batch: counts by model and key, and nothing about whoever asked."""

import pytest

from kept.errors import Invalid
from kept.predicates.marking_summary import MarkingSummary
from simulators import marking


def test_it_reads_back() -> None:
    made = MarkingSummary.of(**marking.summary())
    assert MarkingSummary.parse(made.to_statement(digest="cd" * 32)) == made


@pytest.mark.parametrize("more", [{"user": "u-1"}, {"files": ["a.png"]}, {"batch": "1"}, {"pieces": -1}])
def test_what_cannot_be_is_malformed(more: dict) -> None:
    with pytest.raises(Invalid, match="malformed"):
        MarkingSummary.of(**marking.summary(**more))
