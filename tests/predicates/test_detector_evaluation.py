"""An evaluation of the detector: every share follows from its counts."""

from typing import Any

import pytest

from kept.errors import Invalid, Unverified
from kept.predicates.detector_evaluation import DetectorEvaluation
from simulators import marking


def test_it_reads_back_with_the_figure_of_each_part() -> None:
    made = DetectorEvaluation.of(**marking.evaluation())
    made.check()
    assert DetectorEvaluation.parse(made.to_statement(digest="ab" * 32)) == made
    assert set(made.figures) == {"jpeg-50", "crop-half", "overall", "unmarked"}
    assert made.figures["unmarked"]["high"] == pytest.approx(0.0303, abs=1e-4)


@pytest.mark.parametrize("part", ["overall", "unmarked", "attacks"])
def test_a_share_that_its_counts_do_not_give_fails(part: str) -> None:
    fields: dict[str, Any] = marking.evaluation()
    held = fields[part][1] if part == "attacks" else fields[part]
    held["found"] += 1
    with pytest.raises(Unverified, match="its own counts give"):
        DetectorEvaluation.of(**fields).check()


@pytest.mark.parametrize("more", [{"gate": 0.0}, {"gate": 1.0}, {"attacks": []}, {"sample": "ours"}, {"keys": 0}])
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        DetectorEvaluation.of(**marking.evaluation(**more))
