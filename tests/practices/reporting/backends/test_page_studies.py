"""The browser computes the figures of studies as Python does, and fails where Python does."""

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from kept.errors import KeptError
from kept.predicates import (
    dataset_measurement,
    defensive_study,
    detector_evaluation,
    expert_sign_off,
    external_finding,
    imported_evaluation,
    insider_exercise,
    provenance_coverage,
    security_drill,
    security_posture,
    uplift_study,
    weights_custody,
)
from kept.predicates.imported_evaluation import part_of
from kept.predicates.uplift_study import ScoredArms
from simulators import custody, marking
from simulators import studies as outsiders
from simulators.measurements import finished, planned
from simulators.two_readers import both_hold, both_refuse, by_browser, by_python


def case(predicate: str, fields: dict[str, Any], *, role: str = "tester", index: int = 9) -> dict[str, Any]:
    return {"index": index, "predicate": predicate, "model": outsiders.MODEL, "fields": fields, "roles": [role]}


def whole() -> list[dict[str, Any]]:
    chance = random.Random(5)
    found = [
        case(external_finding.TYPE, outsiders.finding()),
        case(external_finding.TYPE, outsiders.finding(succeeded=0, unassessed=40)),
        case(external_finding.TYPE, outsiders.finding(attempts=1, succeeded=1, unassessed=0), role="other"),
        case(expert_sign_off.TYPE, outsiders.sign_off()),
        case(uplift_study.TYPE, outsiders.counted_uplift()),
        case(uplift_study.TYPE, outsiders.scored_uplift()),
        case(uplift_study.TYPE, outsiders.scored_uplift(within=True)),
        case(defensive_study.TYPE, outsiders.defence()),
        case(defensive_study.TYPE, outsiders.defence(signed_by="provider"), role="provider"),
        case(provenance_coverage.TYPE, marking.coverage(), role="provider"),
        {**case(detector_evaluation.TYPE, marking.evaluation(), role="provider"), "model": ""},
    ]
    clusters = [chance.choice(["s", "r", "u", "ssr", "rrr", "ruu", "sss"]) for _ in range(300)]
    for letters in (clusters, ["s", "r", "r"], ["u", "uu"], ["sss"]):
        found.append(evaluated(letters))
    for within in (False, True):
        for people in (2, 3, 50, 2000):
            found.append(case(uplift_study.TYPE, scored(chance, people, within=within)))
    exercises = [(insider_exercise.TYPE, each) for each in (custody.exercise(), custody.exercise(0, 0, 0, 0))]
    said = guarded(*exercises, (security_drill.TYPE, custody.drill()), (security_posture.TYPE, custody.posture()))
    return [*found, *said, case(weights_custody.TYPE, custody.custody(), role="provider")]


def guarded(*said: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """What is said about the organisation's weights, of no governed model."""
    return [{**case(predicate, fields, role="provider"), "model": ""} for predicate, fields in said]


def evaluated(clusters: list[str]) -> dict[str, Any]:
    """Two parts of an imported evaluation of no governed model."""
    parts = [part_of(name, "cards.Read", clusters[at:] or clusters, level=0.95) for at, name in enumerate(("a", "ä"))]
    fields = {
        "tool": "garak",
        "tool_version": "0.17.1",
        "log_format": "report.jsonl",
        "original": {"sha256": "ab" * 32, "bytes": 100},
        "task": "cards",
        "model_named": "assistant-1",
        "success": "a score of at least 0.5",
        "state": "finished",
        "level": 0.95,
        "parts": parts,
        "issued": "2026-11-22T07:30:00Z",
        "by": "provider",
    }
    return {**case(imported_evaluation.TYPE, fields, role="provider"), "model": ""}


def scored(chance: random.Random, people: int, *, within: bool) -> dict[str, Any]:
    """Many people's scores, and, of few people, some that are all alike."""
    alike = people == 3
    drawn = [[5.0 if alike else round(chance.gauss(mean, 2), 2) for _ in range(people)] for mean in (6, 5)]
    arms = {name: {"scores": drawn[at], "lost": 2} for at, name in enumerate(("with_model", "without_model"))}
    scores = {**arms, "least": -20.0, "most": 20.0}
    compared = uplift_study.figures_of(None, ScoredArms.model_validate(scores), within=within, level=0.9)
    fields = outsiders.scored_uplift(within=within)
    return {**fields, "scores": scores, "level": 0.9, "compared": compared}


def numbers(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from numbers(inner, (*path, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value[:3]):
            yield from numbers(inner, (*path, at))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


def changed(each: dict[str, Any], path: tuple[Any, ...], by: float) -> dict[str, Any]:
    made = copy.deepcopy(each)
    *outer, last = path
    inner = made["fields"]
    for name in outer:
        inner = inner[name]
    inner[last] += by
    return made


def test_what_holds_in_python_holds_in_the_browser(page: Page) -> None:
    both_hold(page, [[each] for each in whole()])


def test_every_number_that_is_changed_is_noticed_by_both(page: Page) -> None:
    """Counts, scores and figures; but for those from which nothing is computed."""
    cases = [
        changed(each, path, 1)
        for each in whole()[:15]
        for path in numbers(each["fields"])
        if path[-1] not in ("false_alarms", "preregistered", "bytes", "gate", "keys", 1)
    ]
    assert len(cases) > 150
    told = by_browser(page, [[each] for each in cases])
    for each, one in zip(cases, told, strict=True):
        own = by_python([each])
        assert ("error" in one) == isinstance(own, KeptError), (each, one, own)
    assert sum("error" in one for one in told) > 0.9 * len(cases)


def measured(*fields: dict[str, Any]) -> list[dict[str, Any]]:
    """Statements of one measurement, the first at index 4."""
    return [case(dataset_measurement.TYPE, each, role="provider", index=at) for at, each in enumerate(fields, start=4)]


@pytest.mark.parametrize(
    ("fields", "holds"),
    [
        ([planned()], True),
        ([planned(), finished()], True),
        ([finished(plan=3)], False),
        ([planned(), finished(), finished()], False),
        ([planned(), finished(success="another")], False),
        ([planned(), finished(plan=5)], False),
        ([planned(plan=3)], False),
        ([planned(), finished("ss", "r")], False),
        ([planned(), finished(dataset={**planned()["dataset"], "items": 9})], False),
        ([planned(sampling={}), finished()], True),
    ],
)
def test_a_measurement_is_what_was_announced_for_both(page: Page, fields: list[dict[str, Any]], holds: bool) -> None:
    cases = measured(*fields)
    own = by_python(cases)
    (told,) = by_browser(page, [cases])
    assert isinstance(own, KeptError) is not holds, own
    assert told.get("value") == own if holds else told.get("kind") == "Failure", told


@pytest.mark.parametrize(
    ("predicate", "fields", "more"),
    [
        (expert_sign_off.TYPE, outsiders.sign_off(dissent=""), {}),
        (expert_sign_off.TYPE, outsiders.sign_off(opinion="supports"), {}),
        (expert_sign_off.TYPE, outsiders.sign_off(seen=[5, 2]), {}),
        (expert_sign_off.TYPE, outsiders.sign_off(), {"index": 5}),
        (uplift_study.TYPE, outsiders.counted_uplift(), {"index": 3}),
        (defensive_study.TYPE, outsiders.defence(), {"index": 2}),
        (external_finding.TYPE, outsiders.finding(), {"role": "provider"}),
        (external_finding.TYPE, outsiders.finding(model="sha256:" + "8" * 64), {}),
        (external_finding.TYPE, outsiders.finding(transcripts={"root": "ab" * 32, "leaves": 41}), {}),
        (uplift_study.TYPE, outsiders.counted_uplift(counts=None), {}),
        (uplift_study.TYPE, outsiders.scored_uplift(counts=outsiders.counted_uplift()["counts"]), {}),
        (uplift_study.TYPE, outsiders.counted_uplift(design={**outsiders.DESIGN, "compared": "within people"}), {}),
        (insider_exercise.TYPE, {**custody.exercise(), "noticed": 25}, {}),
        (insider_exercise.TYPE, {**custody.exercise(), "noticed": 28}, {}),
        (insider_exercise.TYPE, {**custody.exercise(), "accused": 3}, {}),
        (security_drill.TYPE, custody.drill(answer="none"), {}),
        (security_drill.TYPE, custody.drill(seconds=None), {}),
        (security_drill.TYPE, custody.drill(state="failed"), {}),
        (security_posture.TYPE, custody.posture(level=2), {}),
        (security_posture.TYPE, custody.posture(level=0), {}),
        (security_posture.TYPE, custody.posture(met=2), {}),
        (security_posture.TYPE, custody.posture(), {"index": 2}),
        (weights_custody.TYPE, custody.custody(files=[]), {}),
        (weights_custody.TYPE, custody.custody(people_required=0), {}),
        (weights_custody.TYPE, custody.custody(people_required=4), {}),
        (weights_custody.TYPE, custody.custody(model="sha256:" + "8" * 64), {}),
    ],
)
def test_what_python_refuses_fails_in_the_browser(
    page: Page, predicate: str, fields: dict[str, Any], more: dict[str, Any]
) -> None:
    both_refuse(page, [[case(predicate, fields, **more)]])
