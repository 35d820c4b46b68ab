"""Agreement beyond chance: as statsmodels and the published examples have it, and never more certain than the data."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats import inter_rater

from kept.core.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha
from kept.core.estimate import Estimate
from kept.errors import Invalid

COUNT = st.integers(0, 40)
TABLES = st.integers(2, 4).flatmap(lambda k: st.lists(st.lists(COUNT, min_size=k, max_size=k), min_size=k, max_size=k))
# Fleiss (1971), table 1 as printed in most textbooks: 10 items, 14 raters, 5 categories, kappa 0.210.
FLEISS_1971 = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip
# Krippendorff (2011), section C: 12 units, 4 observers, "." is missing; alpha 0.743.
KRIPPENDORFF_2011 = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]


def units(observers: list[str], categories: str) -> list[list[int]]:
    return [[column.count(name) for name in categories] for column in zip(*observers, strict=True)]


@given(TABLES.filter(lambda table: sum(map(sum, table)) > 1))
@settings(max_examples=200, deadline=None)
def test_cohens_kappa_is_the_one_of_statsmodels(table: list[list[int]]) -> None:
    found = cohen_kappa(table)
    n, agreed = sum(map(sum, table)), sum(table[at][at] for at in range(len(table)))
    if found.method != "cohen-kappa":
        assert (found.value, found.low, found.high) == (0, -1, 1)
        return
    theirs = inter_rater.cohens_kappa(table)
    assert found.value == pytest.approx(theirs.kappa, abs=1e-9)
    if agreed < n:
        assert found.low == pytest.approx(max(-1, theirs.kappa_low), abs=1e-9)
        assert found.high == pytest.approx(min(1, theirs.kappa_upp), abs=1e-9)


def test_fleiss_kappa_is_the_one_of_statsmodels_and_of_the_paper() -> None:
    found = fleiss_kappa(FLEISS_1971)
    assert found.value == pytest.approx(inter_rater.fleiss_kappa(FLEISS_1971), abs=1e-12)
    assert found.value == pytest.approx(0.210, abs=5e-4)
    assert found.low < 0.210 < found.high
    assert found.n == 10


@given(st.lists(st.lists(st.integers(0, 3), min_size=5, max_size=5), min_size=2, max_size=30))
@settings(max_examples=100, deadline=None)
def test_fleiss_kappa_agrees_on_any_ratings(ratings: list[list[int]]) -> None:
    counts = [[row.count(category) for category in range(4)] for row in ratings]
    found = fleiss_kappa(counts)
    if found.method == "fleiss-kappa":
        assert found.value == pytest.approx(inter_rater.fleiss_kappa(counts), abs=1e-9)
    assert -1 <= found.low <= found.value <= found.high <= 1


def test_krippendorffs_alpha_is_the_one_of_the_paper() -> None:
    found = krippendorff_alpha(units(KRIPPENDORFF_2011, "12345"))
    assert found.value == pytest.approx(0.743, abs=5e-4)
    assert found.n == 11  # the twelfth unit has one value


def test_krippendorffs_alpha_of_two_observers_is_the_one_of_the_paper() -> None:
    # Section A: binary, two observers, ten units, alpha 0.095.
    found = krippendorff_alpha(units(["0100000000", "1110010010"], "01"))
    assert found.value == pytest.approx(0.095, abs=5e-4)


@pytest.mark.parametrize("n", [5, 50, 500])
def test_agreement_without_an_exception_is_no_certainty(n: int) -> None:
    table = [[n, 0], [0, n]]
    counts = [[2, 0]] * n + [[0, 2]] * n
    for found in (cohen_kappa(table), fleiss_kappa(counts), krippendorff_alpha(counts)):
        assert found.value == found.high == 1
        assert 1 - 10 / n < found.low < 1


@pytest.mark.parametrize(
    "found",
    [
        cohen_kappa([[0, 0], [0, 0]]),
        cohen_kappa([[9, 0], [0, 0]]),
        fleiss_kappa([]),
        fleiss_kappa([[2, 0], [2, 0], [2, 0]]),
        krippendorff_alpha([]),
        krippendorff_alpha([[1, 0], [0, 1]]),
        krippendorff_alpha([[3, 0], [3, 0]]),
    ],
    ids=lambda found: found.method,
)
def test_where_chance_explains_all_nothing_is_known(found: Estimate) -> None:
    assert (found.value, found.low, found.high) == (0, -1, 1)


@pytest.mark.parametrize("table", [[[1, 2]], [[1, 2], [3]], [[1, -1], [0, 2]], [[1, 0.5], [0, 2]], [[True, 0], [0, 2]]])
def test_a_table_that_is_none_is_refused(table: list[list[int]]) -> None:
    with pytest.raises(Invalid):
        cohen_kappa(table)


@pytest.mark.parametrize("counts", [[[1, 0], [0, 1]], [[2, 0], [3, 0]], [[2, 0], [2]], [[2, -1], [1, 1]]])
def test_items_with_other_numbers_of_raters_are_refused_by_fleiss(counts: list[list[int]]) -> None:
    with pytest.raises(Invalid):
        fleiss_kappa(counts)
