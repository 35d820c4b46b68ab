"""Scope decisions: a comparison with figures on both sides, or none at all."""

import math
from datetime import UTC, datetime

import pytest

from kept.core.commitments import catalog, facts, rule
from kept.core.statement import Statement, Subject
from kept.errors import Invalid
from kept.predicates.scope_decision import TYPE, ScopeDecision

MODEL = "sha256:" + "ab" * 32
COMPARISON = {
    "name": "MMLU, 5-shot",
    "frontier_model": "GPT-4",
    "ours": 71.2,
    "theirs": 86.4,
    "unit": "% correct",
    "source": "our evaluation of 2026-10-01; GPT-4 technical report, table 2",
    "date": "2026-10-01",
}
GOOD = {
    "model": MODEL,
    "commitments": ("C1", "C6"),
    "decision": "out",
    "comparisons": (COMPARISON,),
    "training_compute": {"operations": 3e24, "source": "our training logs"},
    "rationale": "It does not come near the frontier of mid-2023 on any benchmark that we ran.",
    "issued": "2026-11-22T07:30:00Z",
    "by": "board",
}


def changed(**change: object) -> dict[str, object]:
    return {name: value for name, value in {**GOOD, **change}.items() if value is not ...}


def test_a_decision_reads_back_and_the_rule_shows_it_as_out_of_scope() -> None:
    decision = ScopeDecision.of(**GOOD)
    statement = Statement.parse(decision.to_statement(model_name="small").to_bytes())
    assert ScopeDecision.parse(statement) == decision
    assert statement.subjects[0].digest == {"sha256": "ab" * 32}
    fact = facts.extract(TYPE, statement.predicate, index=4, model=MODEL)
    now = datetime(2026, 11, 22, 8, tzinfo=UTC)
    found = {each.id: rule.status(each, (), model=MODEL, as_of=now, decisions=(fact,)).state for each in catalog.load()}
    assert {id for id, state in found.items() if state == "out of scope"} == {"C1", "C6"}


def test_compute_alone_is_not_a_comparison() -> None:
    for comparisons in ((), ...):
        with pytest.raises(Invalid, match="comparisons") as caught:
            ScopeDecision.of(**changed(comparisons=comparisons))
        assert caught.value.code == "predicate.malformed"
        assert "figures of both models" in caught.value.hint


@pytest.mark.parametrize("missing", ["name", "frontier_model", "ours", "theirs", "source", "date"])
def test_a_comparison_names_both_models_both_figures_and_their_source(missing: str) -> None:
    part = {name: value for name, value in COMPARISON.items() if name != missing}
    with pytest.raises(Invalid, match=missing):
        ScopeDecision.of(**changed(comparisons=(part,)))


def test_a_model_that_is_ahead_everywhere_is_not_out_of_scope() -> None:
    ahead = COMPARISON | {"ours": 90.0}
    with pytest.raises(Invalid, match="ahead of the frontier in every comparison"):
        ScopeDecision.of(**changed(comparisons=(ahead,)))
    assert ScopeDecision.of(**changed(comparisons=(ahead,), decision="in")).decision == "in"
    assert ScopeDecision.of(**changed(comparisons=(ahead, COMPARISON)))
    lower = COMPARISON | {"name": "error rate", "ours": 10.0, "theirs": 20.0, "higher_is_better": False}
    with pytest.raises(Invalid, match="ahead"):
        ScopeDecision.of(**changed(comparisons=(lower,)))


@pytest.mark.parametrize(
    "change",
    [
        {"decision": "maybe"},
        {"commitments": ()},
        {"commitments": ("C1", "C1")},
        {"commitments": ("C9",)},
        {"commitments": ("G1",)},
        {"model": "small"},
        {"issued": "2026-11-31T00:00:00Z"},
        {"issued": "yesterday"},
        {"rationale": ""},
        {"by": ...},
        {"comparisons": (COMPARISON | {"ours": math.nan},)},
        {"comparisons": (COMPARISON | {"theirs": math.inf},)},
        {"comparisons": (COMPARISON | {"date": "2026-02-30"},)},
        {"training_compute": {"operations": -1, "source": "x"}},
        {"surprise": 1},
    ],
)
def test_anything_else_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Invalid) as caught:
        ScopeDecision.of(**changed(**change))
    assert caught.value.code == "predicate.malformed"


def test_a_statement_of_another_type_is_no_decision() -> None:
    with pytest.raises(Invalid) as caught:
        ScopeDecision.parse(Statement((Subject("x", {"sha256": "ab" * 32}),), "https://kept.example/other/v1", {}))
    assert caught.value.code == "predicate.type"
