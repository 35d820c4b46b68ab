"""The browser computes the limits of sightings to the last digit as Python does, and fails where Python does."""

import random
from typing import Any

from playwright.sync_api import Page

from kept.predicates import (
    sharing_acknowledgement,
    sharing_adoption,
    sharing_release,
    sharing_replay_plan,
    sharing_sighting,
)
from simulators.replays import COUNTED, JUDGE, OTHER, STATED, drawn_errors
from simulators.sightings import acknowledgement, adoption, plan, release, result
from simulators.two_readers import Log, both_hold, both_refuse, known


def log(planned: dict[str, Any], *results: dict[str, Any]) -> Log:
    said = [known(9 + at, sharing_sighting.TYPE, each) for at, each in enumerate(results)]
    return [known(3, sharing_replay_plan.TYPE, planned), *said]


def whole() -> list[Log]:
    chance = random.Random(7)
    cases = [log(plan(), result()), [known(9, sharing_release.TYPE, release())]]
    cases.append([known(9, sharing_acknowledgement.TYPE, acknowledgement())])
    cases.append([known(9, sharing_adoption.TYPE, adoption())])
    for _ in range(40):
        attempts = chance.randint(1, 100)
        outcomes = "".join(chance.choice("srrrsu") for _ in range(attempts))
        deterministic = chance.random() < 0.3
        held = outcomes[: chance.randint(1, attempts)] if deterministic else outcomes
        errors = chance.choice([STATED, COUNTED, {}, drawn_errors(chance)])
        said = result(outcomes, errors, counted=held, deterministic=deterministic)
        cases.append(log(plan(errors, attempts=attempts), said))
    return cases


def broken() -> list[Log]:
    good = result()
    cases = [
        log(plan(), {**good, **wrong})
        for wrong in (
            {"low": good["low"] + 1},
            {"high": good["high"] - 1},
            {"bound": good["bound"] + 1},
            {"counted": "s" * 19, "deterministic": True},
            {"counted": "s" * 12},
            {"plan": 2},
            {"model": OTHER},
            {"judge": {**JUDGE, "version": 2}},
            {"errors": COUNTED},
        )
    ]
    cases += [log(plan(**wrong), good) for wrong in ({"attempts": 21}, {"replay": "q-0000000000000000"})]
    cases += [log(plan(), good, good), [known(9, sharing_sighting.TYPE, good)]]
    cases += [
        [known(9, sharing_release.TYPE, release(**wrong))]
        for wrong in ({"items": 5}, {"until": "2026-10-01T00:00:00Z"}, {"recipients": -1})
    ]
    cases += [
        [known(9, sharing_acknowledgement.TYPE, acknowledgement(**wrong))]
        for wrong in ({"in_time": False}, {"acknowledged": "2026-11-21T09:00:00Z"}, {"due": "2026-11-20T09:00:00Z"})
    ]
    cases += [
        [known(9, sharing_adoption.TYPE, adoption(**wrong))]
        for wrong in ({"yes": 1}, {"members": 3}, {"members": 9}, {"no": 2})
    ]
    return cases


def test_both_come_to_the_same(page: Page) -> None:
    both_hold(page, whole())


def test_both_refuse_the_same(page: Page) -> None:
    both_refuse(page, broken())
