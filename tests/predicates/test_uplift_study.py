"""With and without the model: counts or scores, and the figures that follow from them."""

import pytest

from kept.errors import Invalid, Unverified
from kept.predicates.uplift_study import UpliftStudy
from simulators import studies

SHAPES = {
    "counts": studies.counted_uplift,
    "scores": studies.scored_uplift,
    "paired scores": lambda **more: studies.scored_uplift(within=True, **more),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_study_goes_through_a_statement_and_back(shape) -> None:
    found = UpliftStudy.of(**shape())
    found.check()
    assert UpliftStudy.parse(found.to_statement()) == found
    assert found.sees == (3,)
    difference, worst = found.compared.difference, found.compared.worst
    assert difference.low <= difference.value <= difference.high
    assert worst.value > difference.value
    assert worst.method.startswith("worst case: ")


def test_people_of_both_arms_are_counted_once_where_they_are_the_same() -> None:
    assert UpliftStudy.of(**studies.scored_uplift()).compared.difference.n == 12
    assert UpliftStudy.of(**studies.scored_uplift(within=True)).compared.difference.n == 6


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("name", ["with_model", "without_model", "difference", "worst"])
def test_a_figure_that_its_counts_do_not_give_fails(shape, name: str) -> None:
    fields = shape()
    figure = fields["compared"][name]
    fields["compared"] = {**fields["compared"], name: {**figure, "low": figure["low"] + 0.001}}
    with pytest.raises(Unverified, match=f"states low .* for {name}"):
        UpliftStudy.of(**fields).check()


def scores(**more: object) -> dict:
    return {"scores": {**studies.scored_uplift()["scores"], **more}}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (studies.counted_uplift(**scores()), "not both"),
        (studies.counted_uplift(counts=None), "not both"),
        (studies.counted_uplift(design={**studies.DESIGN, "compared": "within people"}), "tells a score of each"),
        (studies.scored_uplift(**scores(least=60)), "off the scale"),
        (studies.scored_uplift(**scores(least=100)), "no extent"),
        (studies.scored_uplift(**scores(with_model={"scores": [50], "lost": 0})), "at least 2"),
        (studies.scored_uplift(within=True, **scores(with_model={"scores": [50, 60], "lost": 1})), "as many scores"),
        (studies.scored_uplift(within=True, **scores(with_model={"scores": [50] * 6, "lost": 0})), "both scores"),
        (studies.scored_uplift(**scores(with_model={"scores": [float("nan"), 1], "lost": 0})), "scores"),
    ],
)
def test_what_cannot_be_is_malformed(fields: dict, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        UpliftStudy.of(**fields)


def test_more_cannot_succeed_than_finish() -> None:
    counts = studies.counted_uplift()["counts"]
    with pytest.raises(Invalid, match="more people succeeded"):
        UpliftStudy.of(
            **studies.counted_uplift(counts={**counts, "with_model": {"finished": 3, "succeeded": 4, "lost": 0}})
        )
