"""The marking policy: its subject is what it says, whenever it was said."""

import pytest

from kept.errors import Invalid
from kept.predicates.marking_policy import MarkingPolicy
from simulators import marking


def test_the_same_policy_has_the_same_subject_later() -> None:
    first = MarkingPolicy.of(**marking.policy())
    later = MarkingPolicy.of(**marking.policy(issued="2026-11-23T07:30:00Z"))
    other = MarkingPolicy.of(**marking.policy(gate=1e-6))
    assert MarkingPolicy.parse(first.to_statement()) == first
    assert first.to_statement().subjects == later.to_statement().subjects != other.to_statement().subjects


@pytest.mark.parametrize("more", [{"media": []}, {"keys": [{"id": "k", "state": "current"}]}, {"words": "a\x07"}])
def test_what_cannot_be_is_malformed(more: dict) -> None:
    with pytest.raises(Invalid, match="malformed"):
        MarkingPolicy.of(**marking.policy(**more))
