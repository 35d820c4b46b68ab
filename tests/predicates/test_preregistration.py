"""A preregistration is read as it was written, and nothing else is one."""

from typing import Any

import pytest

from kept.core.statement import Statement, Subject
from kept.errors import Invalid
from kept.predicates.preregistration import TYPE, Preregistration
from simulators.campaigns import make_plan
from simulators.comparisons import SMALL, TIME, registered

FOUND = registered(make_plan(SMALL, campaign="c-" + "1" * 16, opened=TIME, earlier=0))
FIELDS = FOUND.model_dump(mode="json", exclude_none=True)


def parse(fields: dict[str, Any]) -> Preregistration:
    return Preregistration.parse(Statement((Subject("plan", {"sha256": "8" * 64}),), TYPE, fields))


def test_it_reads_back_and_its_subject_is_the_plan() -> None:
    assert parse(FIELDS) == FOUND
    assert FOUND.to_statement().subjects[0].digest == {"sha256": FOUND.plan_digest.removeprefix("sha256:")}
    assert Preregistration.parse(FOUND.to_statement()) == FOUND


@pytest.mark.parametrize(
    "change",
    [
        {"hypotheses": []},
        {"hypotheses": [""]},
        {"endpoints": ["Cyber"]},
        {"trials": 0},
        {"prompts": "30"},
        {"analysis": {**FIELDS["analysis"], "method": "unpaired"}},
        {"analysis": {**FIELDS["analysis"], "margin": 0.0}},
        {"power": {**FIELDS["power"], "power": 0.1}},
        {"power": {**FIELDS["power"], "detectable": []}},
        {"seed": 1.5},
        {"issued": "today"},
    ],
)
def test_another_shape_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        parse(FIELDS | change)


def test_the_analysis_is_stated_whole() -> None:
    for name in ("method", "version", "level", "false_discovery", "alpha"):
        analysis = {key: value for key, value in FIELDS["analysis"].items() if key != name}
        with pytest.raises(Invalid, match=name):
            parse(FIELDS | {"analysis": analysis})
