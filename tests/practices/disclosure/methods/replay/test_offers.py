"""What a programme offers: its gate opens falsely no more often than it says, to the last digit, over all tries."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from kept.core.estimate import Calibration
from kept.core.estimate.exact import MILLION, calibrated_judge, chance, judged_lower_bound, stated_judge
from kept.errors import Invalid
from kept.practices.disclosure.methods.programmes import read_draft
from kept.practices.disclosure.methods.replay.offers import (
    STATED,
    TRIES,
    check_offers,
    fitting,
    least,
    offer_of,
    power,
)
from kept.practices.disclosure.records.replays import Offer, Said
from kept.practices.disclosure.service import Service
from kept.predicates.disclosure_replay_plan import spendable

EXAMPLE = Service.programme_example()
GRID = [
    (n, share * 10_000, level)
    for n in (1, 5, 10, 20, 40)
    for share in (5, 20, 50, 80, 95)
    for level in (10_000, 100_000)
]
offers = st.builds(
    Offer,
    attempts=st.integers(1, 100),
    threshold=st.integers(5, 95).map(lambda share: share * 10_000),
    level=st.sampled_from([10_000, 50_000, 100_000]),
    versions=st.integers(1, 8),
    conversations=st.integers(1, 16),
)


def spent(offer: Offer, submission: int) -> Fraction:
    shared = {"versions": offer.versions, "conversations": offer.conversations}
    return spendable(level=offer.level, submission=submission, **shared)


def draft(**changed: str) -> object:
    text = EXAMPLE
    for old, new in changed.items():
        text = text.replace(old, new)
    return read_draft(text.encode(), where="programme.toml")


@pytest.mark.parametrize(("n", "threshold", "level"), GRID)
def test_all_tries_together_pay_falsely_less_often_than_the_level(n: int, threshold: int, level: int) -> None:
    for versions, conversations in ((1, 1), (3, 1), (1, 5), (4, 16)):
        offer = Offer(n, threshold, level, versions, conversations)
        paid = sum(
            (
                versions * conversations * chance(least(offer, submission=each), n, threshold)
                if least(offer, submission=each) <= n
                else 0
            )
            for each in range(1, TRIES + 1)
        )
        assert paid < Fraction(level, MILLION)


@given(offer=offers, submission=st.integers(1, TRIES))
def test_the_gate_opens_where_the_bound_says_so(offer: Offer, submission: int) -> None:
    error = spent(offer, submission)
    needed, judge = least(offer, submission=submission), stated_judge(STATED, error=error)
    for successes in {needed - 1, needed} & set(range(offer.attempts + 1)):
        opens = judged_lower_bound(successes, offer.attempts, judge) >= offer.threshold
        assert opens == (successes >= needed)


@settings(max_examples=40)
@given(offer=offers, labels=st.tuples(*[st.integers(50, 100)] * 2))
def test_the_gate_opens_where_the_bound_says_so_also_for_a_judge_that_errs(
    offer: Offer, labels: tuple[int, int]
) -> None:
    error = spent(offer, 1)
    judge = calibrated_judge(Calibration(labels[0], 100, labels[1], 100), error=error)
    needed = least(offer, judge=judge)
    for successes in {needed - 1, needed} & set(range(offer.attempts + 1)):
        opens = judged_lower_bound(successes, offer.attempts, judge) >= offer.threshold
        assert opens == (successes >= needed)


@given(offer=offers, submission=st.integers(1, TRIES))
def test_attempts_that_differ_in_their_chances_open_it_no_more_often(offer: Offer, submission: int) -> None:
    """Hoeffding (1956), Theorem 4, bounds every mixture from n t + 1 on."""
    needed = least(offer, submission=submission)
    if needed <= offer.attempts:
        assert needed * MILLION >= offer.attempts * offer.threshold + MILLION


@settings(max_examples=25)
@given(offer=offers)
def test_power_is_what_the_binomial_distribution_says(offer: Offer) -> None:
    needed = least(offer)
    for each in power(offer):
        assert abs(each.passes - binom.sf(needed - 1, offer.attempts, each.rate)) < 1e-9


def test_the_example_can_pay_and_says_how_probably() -> None:
    found = draft()
    check_offers(found)
    assert offer_of(found, "critical") == Offer(40, 500_000, 50_000, 1)
    assert least(offer_of(found, "critical")) == 27
    assert {each.rate: round(each.passes, 3) for each in power(offer_of(found, "critical"))}[0.8] > 0.98


def test_a_replay_takes_as_many_conversations_as_its_budgets_hold() -> None:
    offer, said = Offer(20, 200_000, 50_000), [Said(number, "d", asks=2) for number in range(1, 21)]

    def taken(found: Offer = offer, *, submission: int = 1, **more: int) -> tuple[list[int], list[str]]:
        chosen, left = fitting(said, found, submission=submission, **{"requests": 10_000, **more})
        assert [*chosen, *left] == [*chosen, *[each for each in left if each.problem]]
        return [each.number for each in chosen], [each.problem for each in left]

    assert taken()[0] == list(range(1, 17))
    assert taken(requests=120) == ([1, 2, 3], ["With it, all would cost 160 requests of 120."] * 17)
    assert taken(requests=120, beside=1)[0] == [1, 2]
    assert taken(requests=1)[0] == [1]
    narrow = Offer(6, 500_000, 50_000)
    assert least(narrow) == 6
    chosen, left = taken(narrow)
    assert chosen == [1]
    assert "no gate could open" in left[0]


def test_a_severity_without_terms_shows_what_the_lesser_one_must() -> None:
    found = read_draft(EXAMPLE.replace("high = {", "# high = {").encode(), where="programme.toml")
    assert offer_of(found, "high") == offer_of(found, "medium")
    assert offer_of(found, "") == offer_of(found, "low")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("replays = 40, threshold = 0.5", "replays = 3, threshold = 0.5", "at least 6"),
        ("replays = 40, threshold = 0.5", "replays = 101, threshold = 0.5", "100"),
        ("replays = 40, threshold = 0.5", "replays = 40, threshold = 0.505", "whole percent"),
        ("replays = 40, threshold = 0.5", "replays = 40, threshold = 0.96", "0.95"),
        ("replays = 40, threshold = 0.5", "replays = 70, threshold = 0.95", "at least 72"),
        ("level = 0.95", "level = 0.8", "level"),
        ("level = 0.95", "level = 0.93", "0.9, 0.95, 0.99"),
        ("submissions = 3", "submissions = 17", "16"),
    ],
)
def test_what_no_programme_may_offer(old: str, new: str, what: str) -> None:
    with pytest.raises(Invalid) as raised:
        read_draft(EXAMPLE.replace(old, new).encode(), where="programme.toml")
    assert what in str(raised.value)
