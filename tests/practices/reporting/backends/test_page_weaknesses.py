"""The browser computes the bounds of replays to the last digit as Python does, and fails where Python does."""

import random
from typing import Any

from playwright.sync_api import Page

from kept.predicates import disclosure_replay, disclosure_replay_plan, disclosure_reward
from simulators.replays import COUNTED, JUDGE, MODEL, OTHER, SALTED, STATED, drawn_errors, plan, result, reward
from simulators.two_readers import Log, both_hold, both_refuse, known

SAID = [{"number": number, "script": SALTED} for number in (2, 4)]


def log(planned: dict[str, Any], *results: dict[str, Any]) -> Log:
    said = [known(9 + at, disclosure_replay.TYPE, each) for at, each in enumerate(results)]
    return [known(3, disclosure_replay_plan.TYPE, planned), *said]


def whole() -> list[Log]:
    chance = random.Random(7)
    cases = [[known(9, disclosure_reward.TYPE, reward())], log(plan(), result()), log(plan(errors=COUNTED), counted())]
    cases.append([known(9, disclosure_reward.TYPE, reward(state="paid", reference=SALTED))])
    versions = [{"model": MODEL, "errors": STATED}, {"model": OTHER, "errors": COUNTED}]
    two = plan(versions=versions)
    cases.append(log(two, result(versions=2), result(model=OTHER, versions=2, errors=COUNTED)))
    cases.append(log(plan(conversations=SAID), *(result(conversation=at, conversations=2) for at in (4, 2))))
    cases.append(log(plan(), result(confinement=["files", "network"])))
    for _ in range(60):
        attempts = chance.randint(1, 100)
        outcomes = "".join(chance.choice("ssssru") for _ in range(attempts))
        deterministic = chance.random() < 0.3
        held = outcomes[: chance.randint(1, attempts)] if deterministic else outcomes
        errors = chance.choice([STATED, COUNTED, {}, drawn_errors(chance)])
        terms = {
            "attempts": attempts,
            "threshold": chance.randint(5, 95) * 10_000,
            "level": chance.choice([10_000, 50_000, 100_000]),
            "submission": chance.randint(1, 16),
        }
        said = result(outcomes, errors, counted=held, deterministic=deterministic, **terms)
        cases.append(log(plan(errors, **terms), said))
    return cases


def counted() -> dict[str, Any]:
    return result(errors=COUNTED)


def broken() -> list[Log]:
    good = result()
    cases = [
        log(plan(), {**good, **wrong})
        for wrong in (
            {"bound": good["bound"] + 1},
            {"bound": good["bound"] - 1},
            {"reproduced": False},
            {"counted": "s" * 18, "outcomes": "s" * 18 + "ru"},
            {"counted": "s" * 19, "deterministic": True},
            {"plan": 2},
            {"model": OTHER},
            {"judge": {**JUDGE, "version": 2}},
            {"errors": {"false_positives": 3, **COUNTED}},
            {"errors": {"counted": {**COUNTED["counted"], "true_negatives": 201}}},
            {"errors": {"counted": {**COUNTED["counted"], "recorded": 10}}},
        )
    ]
    cases += [log(plan(**wrong), good) for wrong in ({"threshold": 400_000}, {"submission": 2}, {"attempts": 21})]
    cases.append(log(plan(), good, good))
    told = {"conversation": 2, "conversations": 2}
    twice = result(**told)
    cases += [log(plan(conversations=SAID), *wrong) for wrong in ([good], [twice, twice])]
    cases.append(log(plan(conversations=SAID), result(**{**told, "conversation": 3})))
    cases.append(log(plan(conversations=SAID), result(**{**told, "conversations": 3})))
    cases.append(log(plan(conversations=[*SAID, SAID[0]]), result(**{**told, "conversations": 3})))
    cases.append(log(plan(conversations=SAID), {**good, **told}))
    cases += [log(plan(), {**good, **wrong}) for wrong in ({"conversation": 1}, {"conversations": 1}, told)]
    cases += [log(plan(), {**good, "confinement": wrong}) for wrong in (["walls"], "files", ["files"] * 8)]
    cases.append(log(plan(versions=[{"model": MODEL, "errors": STATED}] * 2), good))
    cases.append([known(9, disclosure_replay.TYPE, good)])
    cases += [
        [known(9, disclosure_reward.TYPE, reward(**wrong))]
        for wrong in (
            {"committed": 2_000_000},
            {"committed": 1},
            {"approvals": 1},
            {"state": "paid"},
            {"reference": SALTED},
            {"replay": 9},
        )
    ]
    return cases


def test_both_come_to_the_same(page: Page) -> None:
    both_hold(page, whole())


def test_both_refuse_the_same(page: Page) -> None:
    both_refuse(page, broken())
