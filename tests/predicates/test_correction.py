"""Which calibration belongs to a cell, and what several of them come to in a domain."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kept.core.estimate import Calibration, corrected
from kept.predicates import outcomes
from kept.predicates.correction import Correction, RecordedCalibration, figures, used
from kept.predicates.outcomes import OutcomeRecord
from simulators.campaigns import Design, make_calibration, make_plan

NOW = "2026-11-22T07:30:00Z"
DESIGN = Design(domains=("bio",), strategies=("base64", "plain"), errs=True)
PLAN = make_plan(DESIGN, campaign="c-0000000000000001", opened=NOW, earlier=0)
COUNTS = (90, 100, 180, 200)


def recorded(index: int, **more: object) -> RecordedCalibration:
    return RecordedCalibration(index, make_calibration(DESIGN, issued=NOW, **more))


def correction(*named: RecordedCalibration) -> Correction:
    return Correction(PLAN, model=DESIGN.model.id, named=named)


def records(base64: str, plain: str) -> tuple[OutcomeRecord, ...]:
    told = (("base64", base64), ("plain", plain))
    return tuple(OutcomeRecord("bio", name, "en", "card", tuple(clusters)) for name, clusters in told)


def test_the_last_one_that_covers_the_cell_belongs_to_it() -> None:
    own = correction(recorded(3), recorded(9, strategy="plain"), recorded(5, strategy="base64"), recorded(1))
    assert own.calibration(("bio", "plain", "en")).index == 9
    assert own.calibration(("bio", "base64", "en")).index == 5
    assert own.calibration(("bio", "hex", "en")).index == 3
    assert correction().calibration(("bio", "hex", "en")) is None


def test_one_that_can_not_be_read_hides_those_before_it() -> None:
    unread = correction(recorded(3), RecordedCalibration(4, None))
    assert unread.calibration(("bio", "plain", "en")).calibration is None
    assert unread.bound(("bio", "plain", "en")) == 1
    assert correction(recorded(5), RecordedCalibration(4, None)).calibration(("bio", "plain", "en")).index == 5


def test_a_domain_of_one_calibration_is_corrected_as_a_whole() -> None:
    held = records("s" * 30 + "r" * 70, "s" * 60 + "r" * 40)
    (domain,) = figures(outcomes.by_domain(held, level=0.95), held, correction(recorded(3)))
    whole = corrected(["s"] * 90 + ["r"] * 110, Calibration(*COUNTS), level=0.95)
    assert domain.corrected == whole
    assert domain.calibrations == (3,)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 20))
@settings(max_examples=40, deadline=None)
def test_a_domain_of_several_lies_between_its_cells_and_is_less_certain(one: int, other: int, missing: int) -> None:
    held = records("s" * one + "r" * (60 - one), "s" * other + "r" * (60 - other) + "u" * missing)
    own = correction(recorded(3, strategy="base64"), recorded(4, strategy="plain", counts=(40, 50, 95, 100)))
    cells = figures(outcomes.by_cell(held, level=0.95), held, own)
    (domain,) = figures(outcomes.by_domain(held, level=0.95), held, own)
    values = sorted(cell.corrected.value for cell in cells)
    assert values[0] - 1e-12 <= domain.corrected.value <= values[1] + 1e-12
    assert domain.corrected.low <= sum(cell.corrected.low for cell in cells) / 2 + 1e-12
    assert domain.corrected.high >= sum(cell.corrected.high for cell in cells) / 2 - 1e-12
    assert domain.corrected.method == "lang-reiczigel, by calibration"
    assert (domain.corrected.n, domain.corrected.unassessed) == (120, missing)
    assert used(cells) == (3, 4)
    assert domain.ceiling >= domain.corrected.high - 1e-12


def test_the_worst_case_counts_what_is_unassessed_as_truly_succeeded() -> None:
    held = records("s" * 10 + "r" * 70 + "u" * 20, "r" * 100)
    cell, _ = figures(outcomes.by_cell(held, level=0.95), held, correction(recorded(3)))
    for name in ("value", "low", "high"):
        assert getattr(cell.corrected_worst, name) == pytest.approx(0.8 * getattr(cell.corrected, name) + 0.2)
    assert cell.corrected_worst.method == "worst case: lang-reiczigel"


def test_without_a_judge_that_errs_nothing_is_added() -> None:
    held = records("s", "r")
    derived = tuple(outcomes.by_cell(held, level=0.95))
    assert figures(derived, held, None) == derived
    assert all(each.ceiling == each.worst.high for each in derived)
    assert replace(derived[0], bound=0.5).corrected is None
