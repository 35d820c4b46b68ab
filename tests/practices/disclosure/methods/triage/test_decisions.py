"""Decision tables are complete, and say what their publishers' tables say."""

import copy
import itertools

import pytest

from kept.errors import Invalid, NotFound
from kept.practices.disclosure.methods.triage.decisions import SSVC, document, read, ssvc

SIZES = {"cisa-coordinator": 36, "supplier": 36, "coordinator-triage": 192, "coordinator-publication": 27}


@pytest.mark.parametrize("name", SSVC)
def test_there_is_one_outcome_for_every_combination(name: str) -> None:
    table = ssvc(name)
    combinations = list(table.combinations())
    assert len(combinations) == len(set(combinations)) == SIZES[name]
    asked = [ask.name for ask in table.asks]
    for combination in combinations:
        assert table.decide(dict(zip(asked, combination, strict=True))) in table.outcomes


def test_cisa_s_table_by_the_rules_that_its_guide_tells_in_words() -> None:
    """No active use and no high stake is never more than watched; only active use makes anybody act at once."""
    table = ssvc("cisa-coordinator")
    order = list(table.outcomes)
    for (exploitation, automatable, impact, mission), outcome in table.rows.items():
        if outcome == "act":
            assert exploitation == "active"
        if exploitation == "none" and mission != "high":
            assert outcome == "track"
        if exploitation == "active" and automatable == "yes" and impact == "total":
            assert order.index(outcome) >= order.index("attend")
    counts = {outcome: list(table.rows.values()).count(outcome) for outcome in order}
    assert counts == {"track": 18, "track*": 4, "attend": 10, "act": 4}


@pytest.mark.parametrize(
    ("name", "answers", "outcome"),
    [
        ("cisa-coordinator", "active, no, total, high", "act"),
        ("cisa-coordinator", "none, no, total, high", "track*"),
        ("cisa-coordinator", "public poc, yes, total, medium", "track*"),
        ("cisa-coordinator", "active, yes, partial, medium", "attend"),
        ("supplier", "none, laborious, partial, minimal", "defer"),
        ("supplier", "none, super effective, total, minimal", "out-of-cycle"),
        ("supplier", "public poc, efficient, partial, significant", "immediate"),
        ("supplier", "active, laborious, total, minimal", "out-of-cycle"),
        ("coordinator-triage", "no, yes, credible, one, unresponsive, laborious, minimal", "track"),
        ("coordinator-triage", "no, yes, credible, multiple, unresponsive, laborious, minimal", "coordinate"),
        ("coordinator-triage", "yes, no, not credible, multiple, active, super effective, significant", "coordinate"),
        ("coordinator-triage", "yes, yes, credible, one, unresponsive, super effective, significant", "decline"),
        ("coordinator-publication", "cooperative, active, ampliative", "publish"),
        ("coordinator-publication", "fix ready, active, limited", "do not publish"),
    ],
)
def test_single_rows_as_they_are_published(name: str, answers: str, outcome: str) -> None:
    table = ssvc(name)
    given = dict(zip([ask.name for ask in table.asks], answers.split(", "), strict=True))
    assert table.decide(given) == outcome


@pytest.mark.parametrize("name", ["cisa-coordinator", "supplier", "coordinator-publication"])
def test_a_worse_answer_never_leads_to_less(name: str) -> None:
    table = ssvc(name)
    order = list(table.outcomes)
    for combination in table.combinations():
        for place, ask in enumerate(table.asks):
            at = ask.values.index(combination[place])
            for other in ask.values[at + 1 :]:
                worse = (*combination[:place], other, *combination[place + 1 :])
                assert order.index(table.rows[worse]) >= order.index(table.rows[combination])


def test_what_concerns_many_suppliers_and_the_public_is_always_coordinated() -> None:
    table = ssvc("coordinator-triage")
    asked = [ask.name for ask in table.asks]
    for combination, outcome in table.rows.items():
        held = dict(zip(asked, combination, strict=True))
        worst = (held["supplier cardinality"], held["utility"], held["public safety impact"])
        if worst == ("multiple", "super effective", "significant"):
            assert outcome == "coordinate"
        elif held["report public"] == "yes" or held["supplier contacted"] == "no":
            assert outcome == "decline"
    counts = {each: list(table.rows.values()).count(each) for each in table.outcomes}
    assert counts == {"decline": 150, "track": 15, "coordinate": 27}


def test_wrong_answers_are_named() -> None:
    table = ssvc("supplier")
    whole = dict(zip([ask.name for ask in table.asks], next(table.combinations()), strict=True))
    with pytest.raises(Invalid, match="'utility' has no answer 'much'"):
        table.decide({**whole, "utility": "much"})
    with pytest.raises(Invalid, match="'utility' has no answer"):
        table.decide({name: value for name, value in whole.items() if name != "utility"})
    with pytest.raises(Invalid, match="doesn't ask about 'mood'"):
        table.decide({**whole, "mood": "bad"})
    with pytest.raises(NotFound, match="no decision table"):
        ssvc("../ai-harms")


def test_a_table_that_lacks_a_row_or_has_one_too_many_is_none() -> None:
    for change in (
        lambda data: data["table"].pop("active, yes, total"),
        lambda data: data["table"].update({"often, yes, total": ["act"] * 3}),
        lambda data: data["outcomes"].update({"rest": "."}),
    ):
        data = copy.deepcopy(dict(document("cisa-coordinator")))
        change(data)
        with pytest.raises(Invalid, match="exactly one outcome"):
            read(data)


def test_every_ask_and_outcome_is_in_words() -> None:
    for table in map(ssvc, SSVC):
        assert all(ask.text.endswith("?") for ask in table.asks)
        assert all(words.endswith(".") for words in table.outcomes.values())
        assert len(set(itertools.chain.from_iterable(ask.values for ask in table.asks))) > 4
