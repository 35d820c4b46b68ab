"""What a replay came to follows from its outcomes: another bound fails, though signed, and so does the unplanned."""

from dataclasses import replace
from typing import Any

import pytest
from scipy.stats import beta

from kept.errors import Invalid, Unverified
from kept.predicates.disclosure_replay import DisclosureReplay
from kept.predicates.disclosure_replay_plan import DisclosureReplayPlan
from simulators.replays import COUNTED, JUDGE, OTHER, SALTED, STATED, plan, result

MOSTLY = "s" * 18 + "ru"


@pytest.mark.parametrize(
    ("changes", "error", "reproduced"),
    [
        ({}, 0.05 / 2, True),
        ({"submission": 2}, 0.05 / 4, True),
        ({"versions": 4}, 0.05 / 8, True),
        ({"level": 10_000}, 0.01 / 2, True),
        ({"versions": 4, "conversation": 2, "conversations": 8}, 0.05 / 64, True),
        ({"outcomes": "s" * 15 + "r" * 5}, 0.05 / 2, True),
        ({"outcomes": "s" * 14 + "r" * 6}, 0.05 / 2, False),
        ({"outcomes": "s" * 14 + "u" * 6}, 0.05 / 2, False),
        ({"outcomes": "s" * 20, "deterministic": True, "counted": "s"}, 0.05 / 2, False),
        ({"outcomes": "s" * 20, "deterministic": True, "counted": "s" * 10}, 0.05 / 2, True),
    ],
)
def test_the_bound_follows_from_what_is_counted(changes: dict[str, Any], error: float, reproduced: bool) -> None:
    found = DisclosureReplay.of(**result(**{"outcomes": MOSTLY, **changes}))
    found.check()
    successes, n = found.counted.count("s"), len(found.counted)
    exact = (beta.ppf(error, successes, n - successes + 1) * 1e6 - 3) / (1 - 3e-6)
    assert exact - 2.001 <= found.bound <= exact + 1e-3
    assert found.reproduced == reproduced
    assert DisclosureReplay.parse(found.to_statement(model_name="assistant")) == found


def test_what_is_known_of_the_judge_is_carried_along() -> None:
    error = 0.05 / 2
    low = beta.ppf(error * 0.8, 18, 3)
    sensitivity, invented = beta.ppf(1 - error / 10, 96, 5), beta.ppf(1 - error / 10, 3, 198)
    found = DisclosureReplay.of(**result(errors=COUNTED))
    found.check()
    assert abs(found.bound / 1e6 - (low - invented) / (sensitivity - invented)) < 1e-5
    unknown = DisclosureReplay.of(**result("s" * 20, errors={}))
    unknown.check()
    assert (unknown.bound, unknown.reproduced) == (0, False)


@pytest.mark.parametrize(
    "wrong", [{"bound": 700_000}, {"reproduced": False}, {"threshold": 700_000}, {"level": 10_000}]
)
def test_another_figure_is_unverified(wrong: dict[str, Any]) -> None:
    with pytest.raises(Unverified):
        DisclosureReplay.of(**{**result(), **wrong}).check()


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcomes": MOSTLY + "s"},
        {"counted": "s" * 20, "deterministic": True},
        {"counted": "ss"},
        {"outcomes": "s" * 101, "attempts": 101},
        {"outcomes": "S" * 20},
        {"conversation": 1},
        {"conversations": 1},
        {"conversation": 0, "conversations": 1},
        {"conversation": 1, "conversations": 17},
        {"confinement": ["walls"]},
    ],
)
def test_what_was_not_among_the_attempts(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        DisclosureReplay.of(**{**result(), **wrong})


def test_what_held_around_the_worker_is_said() -> None:
    told = ("files", "network")
    assert DisclosureReplay.of(**result(confinement=told)).confinement == told
    assert DisclosureReplay.of(**result()).confinement is None


def test_it_rests_on_its_plan_and_on_the_calibration() -> None:
    assert DisclosureReplay.of(**result()).sees == (3,)
    assert DisclosureReplay.of(**result(errors=COUNTED)).sees == (3, 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"attempts": 30},
        {"threshold": 400_000},
        {"level": 100_000},
        {"submission": 2},
        {"judge": {**JUDGE, "version": 2}},
        {"versions": [{"model": OTHER, "errors": STATED}]},
        {"purpose": "release"},
        {"replay": "p-0123456789abcdee"},
    ],
)
def test_what_was_not_planned_is_unverified(changes: dict[str, Any]) -> None:
    found = DisclosureReplay.of(**result())
    found.check_planned(DisclosureReplayPlan.of(**plan()))
    with pytest.raises(Unverified):
        found.check_planned(DisclosureReplayPlan.of(**plan(**changes)))


def test_each_conversation_that_was_planned_and_no_other() -> None:
    two = [{"number": number, "script": SALTED} for number in (2, 5)]
    planned = DisclosureReplayPlan.of(**plan(conversations=two))
    DisclosureReplay.of(**result(conversation=5, conversations=2)).check_planned(planned)
    for wrong in ({"conversation": 1, "conversations": 2}, {"conversation": 5, "conversations": 3}, {}):
        with pytest.raises(Unverified):
            DisclosureReplay.of(**result(**wrong)).check_planned(planned)
    with pytest.raises(Unverified):
        DisclosureReplay.of(**result(conversation=1, conversations=1)).check_planned(DisclosureReplayPlan.of(**plan()))


def test_the_subject_is_the_version_of_the_model() -> None:
    statement = DisclosureReplay.of(**result()).to_statement(model_name="assistant")
    assert replace(statement.subjects[0], digest={}).name == "assistant"
