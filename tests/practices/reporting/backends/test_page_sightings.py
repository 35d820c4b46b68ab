"""The browser computes the limits of sightings to the last digit as Python does, and fails where Python does."""

import random
from typing import Any

import pytest
from playwright.sync_api import Error, Page

from kept.errors import KeptError
from kept.practices.reporting.methods.difference import differ
from kept.practices.reporting.methods.sharing import sharing
from kept.practices.reporting.records import Known
from kept.predicates import (
    sharing_acknowledgement,
    sharing_adoption,
    sharing_channel,
    sharing_release,
    sharing_replay_plan,
    sharing_sighting,
)
from simulators.replays import COUNTED, JUDGE, OTHER, STATED, drawn_errors
from simulators.sightings import acknowledgement, adoption, channel, plan, release, result
from simulators.two_readers import Log, both_hold, both_refuse, known

OVERDUE = {"unanswered": [{"urgency": "prompt", "count": 1, "late": 2}]}


def log(planned: dict[str, Any], *results: dict[str, Any]) -> Log:
    said = [known(9 + at, sharing_sighting.TYPE, each) for at, each in enumerate(results)]
    return [known(3, sharing_replay_plan.TYPE, planned), *said]


def whole() -> list[Log]:
    chance = random.Random(7)
    cases = [log(plan(), result()), [known(9, sharing_release.TYPE, release())]]
    cases.append([known(9, sharing_acknowledgement.TYPE, acknowledgement())])
    cases.append([known(9, sharing_adoption.TYPE, adoption())])
    cases.append(log(plan(), result(confinement=["files", "network"])))
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
    cases += [log(plan(), {**good, "confinement": wrong}) for wrong in (["walls"], "files", ["files"] * 8)]
    cases += [log(plan(), good, good), [known(9, sharing_sighting.TYPE, good)]]
    cases += [
        [known(9, sharing_release.TYPE, release(**wrong))]
        for wrong in ({"items": 5}, {"until": "2026-10-01T00:00:00Z"}, {"recipients": -1}, OVERDUE)
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


def summed() -> list[Log]:
    chance = random.Random(5)
    logs = []
    for size in (0, 1, 4, 9):
        found: Log = [known(0, sharing_channel.TYPE, channel())]
        for at in range(1, size + 1):
            day = chance.randint(1, 27)
            more = {"since": f"2026-10-{day:02}T00:00:00Z", "until": f"2026-10-{min(day + 2, 28):02}T23:59:59Z"}
            held = chance.choice([{"withheld": None}, {"withheld": []}, {}])
            late = chance.randint(0, 3)
            open_ = {"unanswered": [{"urgency": chance.choice(("immediate", "prompt")), "count": 3, "late": late}]}
            last = {"until": "2026-11-30T00:00:00Z"} if at == size else {}
            found.append(known(at, sharing_release.TYPE, release(**{**more, **held, **open_, **last})))
            minutes = chance.randint(0, 59)
            urgency = chance.choice(["immediate", "prompt", "routine"])
            times = {"acknowledged": f"2026-11-21T08:{minutes:02}:00Z", "in_time": minutes <= 30}
            found.append(known(40 + at, sharing_acknowledgement.TYPE, acknowledgement(urgency=urgency, **times)))
        roles = ["provider"] if size < 9 else ["tester"]
        found.append({**known(80, sharing_release.TYPE, release()), "roles": roles})
        planned = [known(90 + at, sharing_replay_plan.TYPE, plan()) for at in range(2)]
        said = known(99, sharing_sighting.TYPE, result(errors=chance.choice([STATED, {}]), plan=90))
        logs.append([*found, *planned, said, {**known(100, sharing_adoption.TYPE, {}), "fields": None}])
    return logs


def test_both_sum_alike_and_refuse_a_time_that_is_none(page: Page) -> None:
    logs = summed()
    script = "(logs) => logs.map((log) => window.kept.sharingOf(log))"
    for own, theirs in zip(map(python_sum, logs), page.evaluate(script, logs), strict=True):
        assert differ(own, theirs, "sharing") == ""
    wrong = [known(1, sharing_release.TYPE, release(since="2026-02-30T00:00:00Z"))]
    with pytest.raises(KeptError, match="time"):
        python_sum(wrong)
    with pytest.raises(Error, match="a time that is none"):
        page.evaluate(script, [wrong])


def python_sum(log: Log) -> Any:
    read = [
        Known(each["index"], each["predicate"], each["model"], each["fields"], roles=frozenset(each["roles"]))
        for each in log
    ]
    return sharing(read)
