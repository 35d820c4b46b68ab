"""A plan of a replay holds together, and what its tries may spend is less than the level in all."""

from fractions import Fraction
from typing import Any

import pytest

from kept.core.statement import Subject
from kept.errors import Invalid
from kept.predicates.disclosure_replay_plan import MOST_TRIES, TYPE, DisclosureReplayPlan, spendable
from simulators.replays import COUNTED, MODEL, SALTED, STATED, plan

VERSION = {"model": MODEL, "errors": STATED}
SAID = {"number": 1, "script": SALTED}
LABELS = COUNTED["counted"]


def test_a_plan_is_read_from_its_statement() -> None:
    found = DisclosureReplayPlan.of(**plan())
    statement = found.to_statement()
    assert statement.predicate_type == TYPE
    assert statement.subjects == (Subject("p-0123456789abcdef", {"sha256": "c" * 64}),)
    assert DisclosureReplayPlan.parse(statement) == found


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"attempts": 101},
        {"threshold": 0.5},
        {"threshold": 40_000},
        {"level": 200_000},
        {"submission": MOST_TRIES + 1},
        {"versions": []},
        {"versions": [VERSION, VERSION]},
        {"versions": [{"model": MODEL, "errors": {**STATED, **COUNTED}}]},
        {"versions": [{"model": MODEL, "errors": {"counted": {**LABELS, "true_positives": 101}}}]},
        {"versions": [{"model": MODEL, "errors": {"counted": {**LABELS, "negatives": 0, "true_negatives": 0}}}]},
        {"conversations": []},
        {"conversations": [SAID, SAID]},
        {"conversations": [{**SAID, "number": number} for number in range(1, 18)]},
        {"conversations": [{**SAID, "number": 129}]},
        {"replay": "p-1"},
        {"reporter": "somebody"},
    ],
)
def test_what_is_no_plan(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        DisclosureReplayPlan.of(**plan(**wrong))


@pytest.mark.parametrize("versions", [1, 3, 64])
def test_all_tries_on_all_versions_spend_less_than_the_level(versions: int) -> None:
    for conversations in (1, 16):
        shared = {"versions": versions, "conversations": conversations}
        each = [spendable(level=50_000, submission=number, **shared) for number in range(1, MOST_TRIES + 1)]
        all_together = versions * conversations * sum(each)
        assert all_together == Fraction(50_000, 1_000_000) * (1 - Fraction(1, 2**MOST_TRIES))
