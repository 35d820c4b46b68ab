"""Two models on the same prompts: paired intervals and tests agree with others, cover, and mirror."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control
from statsmodels.stats.contingency_tables import mcnemar

from kept.core.estimate import benjamini_hochberg, equivalence, paired_difference, sign_test
from kept.errors import Invalid


def outcomes(size: int) -> st.SearchStrategy[str]:
    return st.text(alphabet="sru", min_size=size, max_size=size)


pairs_of_outcomes = st.lists(
    st.integers(0, 4).flatmap(lambda size: st.tuples(outcomes(size), outcomes(size))), max_size=25
)


def table(both: int, first: int, second: int, neither: int) -> list[tuple[str, str]]:
    return [("s", "s")] * both + [("s", "r")] * first + [("r", "s")] * second + [("r", "r")] * neither


def test_the_interval_without_discordant_pairs_is_not_empty() -> None:
    found = paired_difference(table(0, 0, 0, 60))
    assert found.value == 0
    assert found.low == pytest.approx(-found.high)
    assert 0.03 < found.high < 0.08


def test_the_unpaired_part_is_that_of_two_wilson_intervals() -> None:
    """Where outcomes are uncorrelated the method is Newcombe's for independent rates: hand-computed here."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    found = paired_difference(table(4, 16, 16, 64))
    low, high = confint_proportions_2indep(20, 100, 20, 100, method="newcomb", compare="diff")
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)


def test_pairing_narrows_where_outcomes_go_together() -> None:
    together, apart = paired_difference(table(20, 4, 6, 70)), paired_difference(table(6, 18, 20, 56))
    assert together.value == apart.value
    assert together.high - together.low < 0.75 * (apart.high - apart.low)


def test_repeated_trials_of_a_prompt_count_for_less() -> None:
    alike = [("sssss", "rrrrr")] * 6 + [("rrrrr", "sssss")] * 4 + [("rrrrr", "rrrrr")] * 30
    found, naive = paired_difference(alike), paired_difference(table(0, 30, 20, 150))
    assert found.high - found.low > 1.8 * (naive.high - naive.low)
    assert found.method == "newcombe, paired, clustered"


@pytest.mark.parametrize(("prompts", "per"), [(80, 1), (40, 5), (15, 8)])
def test_it_covers_the_difference(prompts: int, per: int) -> None:
    random, held = np.random.default_rng(21), 0
    for _ in range(400):
        hard = random.beta(0.4, 1.6, prompts)
        before, after = (random.random((prompts, per)) < rates[:, None] for rates in (hard, 0.8 * hard + 0.06))
        pairs = [
            tuple("".join("s" if hit else "r" for hit in row) for row in both)
            for both in zip(before, after, strict=True)
        ]
        found = paired_difference(pairs)
        held += found.low <= 0.8 * 0.2 + 0.06 - 0.2 <= found.high
    assert held / 400 >= 0.925


@pytest.mark.parametrize(("first", "second"), [(4, 9), (9, 4), (0, 5), (7, 7), (0, 0)])
def test_the_sign_test_is_the_exact_test_of_mcnemar(first: int, second: int) -> None:
    both_sides = mcnemar(np.array([[10, first], [second, 40]]), exact=True).pvalue
    one_side = sign_test(table(10, first, second, 40))
    other = sign_test(table(10, second, first, 40))
    assert min(1.0, 2 * min(one_side, other)) == pytest.approx(both_sides)


def test_equivalence_needs_the_whole_interval_within_the_margin() -> None:
    assert equivalence(table(20, 2, 2, 176), margin=0.05).holds
    assert not equivalence(table(20, 2, 2, 176), margin=0.01).holds
    assert not equivalence(table(2, 0, 0, 8), margin=0.05).holds
    assert not equivalence([], margin=0.5).holds
    assert equivalence(table(20, 2, 2, 176), margin=0.05).estimate.level == pytest.approx(0.9)


def test_equivalence_is_rarely_found_at_the_margin_itself() -> None:
    random, found = np.random.default_rng(22), 0
    for _ in range(400):
        before = random.random(150) < 0.2
        after = np.where(random.random(150) < 0.125, True, before)  # + 0.1
        pairs = [("s" if one else "r", "s" if two else "r") for one, two in zip(before, after, strict=True)]
        found += equivalence(pairs, margin=0.1).holds
    assert found / 400 <= 0.07


def test_adjusted_p_values_agree_with_scipy() -> None:
    chances = np.random.default_rng(23).random(40) ** 3
    ours = benjamini_hochberg({str(place): float(chance) for place, chance in enumerate(chances)})
    assert list(ours.values()) == pytest.approx(false_discovery_control(chances))
    assert benjamini_hochberg({}) == {}
    with pytest.raises(Invalid):
        benjamini_hochberg({"cell": 1.1})


def test_nothing_to_compare_is_inconclusive() -> None:
    for pairs in ([], [("", "")], [("u", "s"), ("s", "u")], [("sss", "rrr")], [("sss", "rrr"), ("uuu", "rrr")]):
        found = paired_difference(pairs)
        assert (found.low, found.high) == (-1.0, 1.0)
        assert found.method.startswith("inconclusive")


def test_prompts_with_other_numbers_of_trials_are_refused() -> None:
    with pytest.raises(Invalid) as caught:
        paired_difference([("s", "ss")])
    assert caught.value.code == "estimate.pairs"


@pytest.mark.parametrize("options", [{"margin": 0.0}, {"margin": 1.0}, {"margin": 0.1, "alpha": 0.5}, {"margin": True}])
def test_a_margin_or_an_alpha_that_is_none_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        equivalence(table(1, 1, 1, 1), **options)


@settings(deadline=None)
@given(pairs_of_outcomes)
def test_swapping_the_models_mirrors_it(pairs: list[tuple[str, str]]) -> None:
    one, other = paired_difference(pairs), paired_difference([(second, first) for first, second in pairs])
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low), abs=1e-12)
    assert -1 <= one.low <= one.value <= one.high <= 1


@settings(deadline=None)
@given(pairs_of_outcomes)
def test_the_same_answers_differ_by_nothing(pairs: list[tuple[str, str]]) -> None:
    same = [(first, first) for first, _ in pairs]
    assert paired_difference(same).value == 0
    assert sign_test(same) == 1.0
