"""What one peer's expressions may cost a prompt: counted, not timed, and never left unsaid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.sharing.methods.matching import INSTRUCTIONS, Matcher
from kept.practices.sharing.methods.matching.budget import Budget
from kept.practices.sharing.records.matching import Indicator

PROMPT = "please " + "tell me whether they may go there now, since nobody here knows of it; " * 50 + "please tell"
COSTLY = [
    Indicator(f"h-{number}", "mallory", "regex", rf"please(?:.{{0,30}}[a-f]){{20}}(?:x{number})?!")
    for number in range(256)
]
CALM = [Indicator("c", "calm", "regex", r"please tell\b"), Indicator("o", "us", "regex", r"\bplease tell me")]
NAMES = st.sampled_from(["us", "lab", "soc", "mallory"])


def test_a_peer_whose_patterns_all_need_one_common_word_takes_no_more_than_its_share_and_is_named() -> None:
    matcher = Matcher.of([*COSTLY, *CALM], own="us")
    assert not matcher.refused
    found = matcher.match(PROMPT)
    assert ([each.id for each in found], found.incomplete) == (["c", "o"], ("mallory",))
    assert matcher.match(PROMPT) == found
    assert matcher.match("What is tea?").incomplete == ()


def test_what_is_left_out_is_what_costs_most_and_an_operator_may_allow_for_it() -> None:
    small = Indicator("s", "mallory", "regex", r"please tell(?: me)?")
    found = Matcher.of([*COSTLY[:20], small], own="us").match(PROMPT)
    assert ([each.id for each in found], found.incomplete) == (["s"], ("mallory",))
    most = sum(Matcher.of(COSTLY[:4])._budget._sizes.tolist())
    assert Matcher.of(COSTLY[:4], instructions=most).match(PROMPT).incomplete == ()
    assert Matcher.of(COSTLY[:4], instructions=most - 1).match(PROMPT).incomplete == ("mallory",)


def test_our_own_patterns_are_always_tried() -> None:
    own = [Indicator(each.id, "us", each.kind, each.value) for each in COSTLY[:20]]
    found = Matcher.of([*own, *CALM], own="us", instructions=1).match(PROMPT)
    assert ([each.id for each in found], found.incomplete) == (["o"], ("calm",))


def test_a_rule_isnt_judged_by_what_wasnt_looked_for() -> None:
    """Else "not" would hold of what stands there."""
    rule = (
        "rule Unless\n{\nkeywords:\n$a = /please tell/i\n$b = /whether(?:.{0,30}[a-f]){20}/i\n"
        "condition:\n$a and not $b\n}"
    )
    one = Indicator("n", "lab", "nova", rule)
    assert [each.id for each in Matcher.of([one]).match("Please tell me nothing.")] == ["n"]
    assert Matcher.of([one]).match(PROMPT) == ()
    cut = Matcher.of([one], instructions=100).match(PROMPT)
    assert (cut, cut.incomplete) == ((), ("lab",))


def test_what_matches_everything_is_refused_however_much_stands_before_it() -> None:
    everything = Indicator("e", "mallory", "regex", r"(?:please|write|explain|difference)\w*(?:.{0,30}[a-f]){0,25}")
    matcher = Matcher.of([everything], instructions=1)
    assert [(each.id, each.code) for each in matcher.refused] == [("e", "indicator.harmless")]


def test_groups_cost_nothing_for_nobody_asks_what_they_matched() -> None:
    (plain, grouped) = (
        Matcher.of([Indicator("g", "lab", "regex", f"please{part}")])._budget._sizes.tolist()
        for part in (" ?[a-z]" * 50, "( ?[a-z])" * 50)
    )
    assert grouped == plain


@given(st.lists(st.tuples(st.integers(1, 40), NAMES), max_size=30), st.integers(1, 200))
def test_each_peer_has_its_share_and_the_smallest_go_first(made: list[tuple[int, str]], most: int) -> None:
    budget = Budget([size for size, _ in made], [peer for _, peer in made], own="us", most=most)
    run, incomplete = budget.within(np.arange(len(made)))
    assert run.tolist() == sorted(run.tolist())
    for peer in {peer for _, peer in made}:
        theirs = [place for place, (_, name) in enumerate(made) if name == peer]
        tried = [made[place][0] for place in theirs if place in run]
        left = [made[place][0] for place in theirs if place not in run]
        assert (peer in incomplete) == bool(left)
        if left:
            assert peer != "us"
            assert max(tried, default=0) <= min(left)
            assert sum(tried) <= most < sum(tried) + min(left)


@pytest.mark.parametrize("called", [[], [1]])
def test_few_are_all_run(called: list[int]) -> None:
    run, incomplete = Budget([INSTRUCTIONS, 3], ["a", "b"], own="", most=INSTRUCTIONS).within(
        np.array(called, dtype=int)
    )
    assert (run.tolist(), incomplete) == (called, ())
