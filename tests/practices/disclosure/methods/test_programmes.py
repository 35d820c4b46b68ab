"""A programme in TOML is read, or what is wrong in it is named."""

import json

import pytest

from kept.errors import Invalid
from kept.practices.disclosure.methods.programmes import LIMIT, draft_of, read_draft
from kept.practices.disclosure.service import Service

EXAMPLE = Service.programme_example()
CONTEST = """
[[contests]]
id = "winter"
title = "Winter contest"
opens = "2027-01-01"
closes = "2027-01-31"
rules = "Replays count alone."
prizes = [5000, 2000]
"""


def test_the_example_is_a_programme_and_reads_back_from_json() -> None:
    draft = read_draft((EXAMPLE + CONTEST).encode(), where="example")
    assert draft.rewards
    assert [each.severity for each in draft.terms] == ["low", "medium", "high", "critical"]
    assert [(each.place, each.amount) for each in draft.contests[0].prizes] == [(1, 5000), (2, 2000)]
    assert draft_of(json.loads(json.dumps(draft.document()))) == draft


def test_a_programme_that_pays_nothing_has_no_rewards() -> None:
    text = EXAMPLE
    for amount in ("100", "500", "2500", "10000"):
        text = text.replace(f"amount = {amount},", "amount = 0,")
    assert not read_draft(text.encode(), where="x").rewards


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "assistant"', 'name = "As sistant"', "name"),
        ('contact = "mailto:weaknesses@acme.example"', 'contact = "javascript:alert(1)"', "contact"),
        ("threshold = 0.2", "threshold = 1.0", r"rewards\.low\.threshold"),
        ("replays = 20, threshold = 0.2", "replays = 0, threshold = 0.2", r"rewards\.low\.replays"),
        ("amount = 10000", "amount = 5", "critical earns less than a lesser one"),
        ('languages = ["en"]', "languages = []", "languages"),
        ('models = ["assistant"]', 'models = ["assistant", "assistant"]', "names one twice"),
        ("[scope]", "[extent]", "scope"),
        ("reads: {{card}}.", "is blank.", r"replay\.system doesn't tell the model \{\{card\}\}"),
        ("[rewards]", "[rewards]\nworst = { amount = 1, replays = 1, threshold = 0.5 }", "worst"),
        ('name = "assistant"', 'name = "assistant', "is no programme"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, said: str) -> None:
    assert old in EXAMPLE
    with pytest.raises(Invalid, match=said):
        read_draft(EXAMPLE.replace(old, new).encode(), where="p.toml")


def test_a_contest_closes_after_it_opens_and_has_a_name_of_its_own() -> None:
    with pytest.raises(Invalid, match="closes before it opens"):
        read_draft((EXAMPLE + CONTEST.replace("2027-01-31", "2026-12-31")).encode(), where="p")
    with pytest.raises(Invalid, match="two contests"):
        read_draft((EXAMPLE + CONTEST + CONTEST).encode(), where="p")


@pytest.mark.parametrize(
    ("budget", "contests", "said"),
    [
        ("budget = 9999", "", r"p\.toml .* budget is 9999 USD, and rewards\.critical\.amount is 10000 USD"),
        ("", "", r"budget is 0 USD, and rewards\.critical"),
        ("budget = 13999", CONTEST + CONTEST.replace('"winter"', '"spring"'), r"all prizes make 14000 USD"),
    ],
)
def test_a_programme_promises_nothing_that_its_budget_could_not_pay(budget: str, contests: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        read_draft((EXAMPLE.replace("budget = 100000", budget) + contests).encode(), where="p.toml")
    assert "Write budget = 1" in refused.value.hint
    enough = refused.value.hint.split("budget = ")[1].split()[0]
    read_draft((EXAMPLE.replace("budget = 100000", f"budget = {enough}") + contests).encode(), where="p.toml")


def test_too_much_is_not_read() -> None:
    with pytest.raises(Invalid, match="at most"):
        read_draft(b"#" * (LIMIT + 1), where="p.toml")
