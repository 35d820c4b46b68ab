"""An evaluation by another tool: counts for each prompt's outcome, and figures that follow from them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core import estimate
from kept.errors import Invalid, Unverified
from kept.predicates.imported_evaluation import ImportedEvaluation, part_of

CLUSTERS = st.lists(st.text("sru", min_size=1, max_size=5), min_size=1, max_size=40)


def fields(clusters: list[str], **more: Any) -> dict[str, Any]:
    return {
        "tool": "garak",
        "tool_version": "0.17.1",
        "log_format": "report.jsonl",
        "original": {"sha256": "ab" * 32, "bytes": 100},
        "task": "cards",
        "model_named": "assistant-1",
        "success": "a detector's score of at least 0.5",
        "state": "finished",
        "level": 0.95,
        "parts": [part_of("cards.Ask", "cards.Read", clusters, level=0.95)],
        "issued": "2026-11-22T07:30:00Z",
        "by": "provider",
        **more,
    }


@given(CLUSTERS)
def test_counting_alike_prompts_together_changes_no_figure(clusters: list[str]) -> None:
    made = ImportedEvaluation.of(**fields(clusters))
    made.check()
    found = made.parts[0].estimate
    expected = estimate.rate(clusters)
    assert (found.n, found.unassessed, found.method) == (expected.n, expected.unassessed, expected.method)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert ImportedEvaluation.parse(made.to_statement()) == made


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tallies": []}, "tallies"),
        ({"tallies": [{"prompts": 1, "succeeded": 0, "resisted": 0, "unassessed": 0}]}, "at least one trial"),
        ({"tallies": [{"prompts": 1, "succeeded": 1, "resisted": 0, "unassessed": 0}] * 2}, "rising order"),
        ({"tallies": [{"prompts": 0, "succeeded": 1, "resisted": 0, "unassessed": 0}]}, "prompts"),
    ],
)
def test_what_cannot_be_is_malformed(change: dict[str, Any], said: str) -> None:
    made = fields(["s", "r"])
    with pytest.raises(Invalid, match=said):
        ImportedEvaluation.of(**{**made, "parts": [{**made["parts"][0], **change}]})


def test_parts_are_told_once_and_a_million_prompts_at_most() -> None:
    part = part_of("a", "b", ["s"], level=0.95)
    with pytest.raises(Invalid, match="each part is told once"):
        ImportedEvaluation.of(**{**fields(["s"]), "parts": [part, part]})
    many = {**part, "tallies": [{**part["tallies"][0], "prompts": 1_000_000}]}
    with pytest.raises(Invalid, match="more than 1000000 prompts"):
        ImportedEvaluation.of(**{**fields(["s"]), "parts": [many, {**part, "probe": "b"}]})


def test_a_figure_that_the_tallies_do_not_give_fails() -> None:
    made = fields(["sss", "rrr", "sru"])
    part = made["parts"][0]
    made["parts"] = [{**part, "worst": {**part["worst"], "high": 0.9}}]
    with pytest.raises(Unverified, match=r"cards\.Ask/cards\.Read.*states high"):
        ImportedEvaluation.of(**made).check()
