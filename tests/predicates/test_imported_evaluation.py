"""An evaluation by another tool: counts for each prompt's outcome, and figures that follow from them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core import estimate
from kept.errors import Invalid, Unverified
from kept.predicates.imported_evaluation import ImportedEvaluation, part_of
from simulators.measurements import imported

CLUSTERS = st.lists(st.text("sru", min_size=1, max_size=5), min_size=1, max_size=40)


@given(CLUSTERS)
def test_counting_alike_prompts_together_changes_no_figure(clusters: list[str]) -> None:
    made = ImportedEvaluation.of(**imported(clusters))
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
    made = imported(["s", "r"])
    with pytest.raises(Invalid, match=said):
        ImportedEvaluation.of(**{**made, "parts": [{**made["parts"][0], **change}]})


def test_parts_are_told_once_and_a_million_prompts_at_most() -> None:
    part = part_of("a", "b", ["s"], level=0.95)
    with pytest.raises(Invalid, match="each part is told once"):
        ImportedEvaluation.of(**{**imported(["s"]), "parts": [part, part]})
    many = {**part, "tallies": [{**part["tallies"][0], "prompts": 1_000_000}]}
    with pytest.raises(Invalid, match="more than 1000000 prompts"):
        ImportedEvaluation.of(**{**imported(["s"]), "parts": [many, {**part, "probe": "b"}]})


def test_a_figure_that_the_tallies_do_not_give_fails() -> None:
    made = imported(["sss", "rrr", "sru"])
    part = made["parts"][0]
    made["parts"] = [{**part, "worst": {**part["worst"], "high": 0.9}}]
    with pytest.raises(Unverified, match=r"cards\.Ask/cards\.Read.*states high"):
        ImportedEvaluation.of(**made).check()
