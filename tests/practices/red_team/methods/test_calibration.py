"""What a judge's verdicts come to beside what people say."""

import pytest

from kept.core.model import Answer, Message
from kept.practices.red_team.methods.calibration import agreement, among_humans, among_members, consensus, tally
from kept.practices.red_team.records import LabelledItem, Outcome, Verdict


def item(number: int, **labels: Outcome) -> LabelledItem:
    return LabelledItem(str(number), (Message("user", f"{number}"),), Answer("It stays sealed."), "", labels)


@pytest.mark.parametrize(
    ("labels", "told"),
    [("s", "s"), ("r", "r"), ("sr", None), ("ssr", "s"), ("ssrr", None), ("rrs", "r"), ("rrssr", "r")],
)
def test_people_say_what_most_of_them_say(labels: str, told: str | None) -> None:
    assert consensus({str(at): label for at, label in enumerate(labels)}) == told


def test_verdicts_are_counted_beside_what_people_say() -> None:
    told = "ssssrrrrr"
    found = "ssrurrrsu"
    items = [item(at, a=label) for at, label in enumerate(told)] + [item(9, a="s", b="r")]
    counts = tally(items, [Verdict(outcome) for outcome in (*found, "s")])
    assert (counts.true_positives, counts.positives) == (2, 3)
    assert (counts.true_negatives, counts.negatives) == (3, 4)
    assert (counts.unassessed, counts.disputed) == (2, 1)
    kappa = agreement(counts)
    assert kappa.n == 7
    assert kappa.unassessed == 2
    assert kappa.low < kappa.value < kappa.high


def test_one_annotator_agrees_with_nobody() -> None:
    assert among_humans([item(1, a="s"), item(2, a="r")]) is None


def test_two_annotators_of_everything_have_cohens_kappa_and_others_krippendorffs_alpha() -> None:
    both = [item(at, a="s" if at % 2 else "r", b="s" if at % 2 or at == 4 else "r") for at in range(20)]
    assert among_humans(both).method == "cohen-kappa"
    some = [*both, item(20, a="s")]
    found = among_humans(some)
    assert (found.method, found.n, found.unassessed) == ("krippendorff-alpha", 20, 1)
    three = [item(at, a="s", b="r" if at % 3 else "s", c="s" if at % 2 else "r") for at in range(20)]
    assert among_humans(three).method == "krippendorff-alpha"


def test_members_agree_by_their_votes() -> None:
    assert among_members(["", "", ""]) is None
    votes = ["sss", "rrr", "ssr", "rrr", "sss", "rrs"]
    assert among_members(votes).method == "fleiss-kappa"
    silent = among_members([*votes, "suu", "rru"])
    assert (silent.method, silent.n, silent.unassessed) == ("krippendorff-alpha", 7, 1)
