"""A calibration holds together: its counts are all of its items, and its agreement follows from them."""

from collections.abc import Callable
from typing import Any

import pytest

from kept.core.agreement import cohen_kappa
from kept.core.statement import Statement, Subject
from kept.errors import Invalid
from kept.predicates.judge_calibration import TYPE, JudgeCalibration

DIGEST = "sha256:" + "a" * 64


def document(**more: Any) -> dict[str, Any]:
    counts = {"true_positives": 45, "positives": 50, "true_negatives": 140, "negatives": 150, "unassessed": 7}
    table = [[45, 5], [10, 140]]
    labels = {"sha256": "b" * 64, "items": 210, "annotators": 2, "disputed": 3, "sampling": "at random from c-1"}
    return {
        "judge": {"name": "rubric", "version": 1, "rubric": DIGEST, "model": DIGEST},
        "model": DIGEST,
        "domain": "societal",
        "strategy": "plain",
        "language": "en",
        "labels": labels,
        **counts,
        "agreement": cohen_kappa(table, unassessed=7).document(),
        "issued": "2026-11-22T07:30:00Z",
        "by": "provider",
        **more,
    }


def test_a_calibration_is_read_from_its_statement() -> None:
    found = JudgeCalibration.of(**document())
    statement = found.to_statement(model_name="assistant")
    assert statement.predicate_type == TYPE
    assert statement.subjects == (Subject("assistant", {"sha256": "a" * 64}),)
    assert "assumption" in statement.predicate
    assert "among_humans" not in statement.predicate
    assert JudgeCalibration.parse(statement) == found


def test_it_covers_its_own_cell_and_what_it_says_to_cover() -> None:
    own = JudgeCalibration.of(**document())
    assert own.covers("societal", "plain", "en")
    assert not own.covers("societal", "plain", "es")
    wide = JudgeCalibration.of(**document(strategy="*", assumption="the same question in other words"))
    assert wide.covers("societal", "base64", "en")
    assert not wide.covers("bio", "base64", "en")


def change(**more: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda held: {**held, **more}


def inside(place: str, **more: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda held: {**held, place: {**held[place], **more}}


@pytest.mark.parametrize(
    "change",
    [
        change(language="*"),
        change(assumption="for no reason"),
        change(domain="*", assumption="  "),
        change(domain="all"[:0]),
        change(true_positives=51),
        change(true_negatives=151),
        change(unassessed=8),
        change(unassessed=-1),
        inside("labels", items=211),
        inside("labels", annotators=0),
        inside("labels", sha256=DIGEST),
        inside("agreement", value=0.9),
        inside("agreement", low=0.9),
        inside("agreement", n=201),
        inside("agreement", method="kappa"),
        inside("agreement", high=1.5),
        inside("judge", version=0),
        inside("judge", rubric="a" * 64),
        change(text="what was said"),
        change(issued="today"),
    ],
)
def test_what_does_not_hold_together_is_refused(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    statement = Statement((Subject("assistant", {"sha256": "a" * 64}),), TYPE, change(document()))
    with pytest.raises(Invalid, match="judge calibration"):
        JudgeCalibration.parse(statement)
