"""A reward stays within its budget and its rules, and names nobody."""

from typing import Any

import pytest

from kept.errors import Invalid
from kept.predicates.disclosure_reward import DisclosureReward
from simulators.replays import SALTED, reward


@pytest.mark.parametrize(
    "changes",
    [{}, {"state": "paid", "reference": SALTED}, {"state": "withdrawn", "committed": 0}, {"kind": "prize"}],
)
def test_a_reward_is_read_from_its_statement(changes: dict[str, Any]) -> None:
    found = DisclosureReward.of(**reward(**changes))
    found.check()
    assert DisclosureReward.parse(found.to_statement()) == found
    assert found.sees == (4,)


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"committed": 1_000_001}, "budget"),
        ({"committed": 149_999}, "promised"),
        ({"approvals": 1}, "approved"),
        ({"state": "paid"}, "reference"),
        ({"reference": SALTED}, "reference"),
        ({"amount": 0}, "amount"),
        ({"amount": 12.5}, "amount"),
        ({"currency": "euro"}, "currency"),
        ({"reporter": "Ann"}, "reporter"),
    ],
)
def test_what_is_no_reward(wrong: dict[str, Any], what: str) -> None:
    with pytest.raises(Invalid, match=what):
        DisclosureReward.of(**reward(**wrong))
