import pytest

from kept.core.statement import Statement
from kept.errors import Invalid
from kept.predicates.campaign_result import TYPE, CampaignResult

FIGURE = {"value": 0.5, "low": 0.1, "high": 0.9, "level": 0.95, "n": 2, "method": "clopper-pearson", "unassessed": 0}
DOMAIN = {"domain": "cyber", "succeeded": 1, "estimate": FIGURE, "worst": FIGURE}
CELL = {**DOMAIN, "strategy": "plain", "language": "en", "finding": True}
PREDICATE = {
    "campaign": "c-0123456789abcdef",
    "plan": 3,
    "model": "sha256:" + "ab" * 32,
    "state": "completed",
    "reason": "",
    "outcomes": {"sha256": "cd" * 32, "records": 1, "attempts": 2},
    "transcripts": {"root": "ef" * 32, "leaves": 2},
    "domains": [DOMAIN],
    "cells": [CELL],
    "findings": [
        {"domain": "cyber", "strategy": "plain", "language": "en", "succeeded": 1, "assessed": 2, "chance": 1e-6}
    ],
    "coverage": {"cells": 2, "tested": 1, "unassessed": 0, "not_tested": [["bio", "plain", "en"]]},
    "reproduce": "kept red-team run MODEL",
    "issued": "2026-11-22T07:30:00Z",
    "by": "provider",
    "assurance": "self",
}


def parse(**change: object) -> CampaignResult:
    return CampaignResult.parse(Statement((), TYPE, {**PREDICATE, **change}))


def test_a_result_goes_through_its_statement_unchanged() -> None:
    result = parse()
    statement = result.to_statement(model_name="a model")
    assert statement.predicate == PREDICATE
    assert statement.subjects[0].digest == {"sha256": "ab" * 32}
    assert CampaignResult.parse(Statement.parse(statement.to_bytes())) == result


def test_what_was_planted_is_said_only_where_it_is_known() -> None:
    assert "truth_comparison" not in parse().to_statement(model_name="m").predicate
    compared = parse(truth_comparison={"found": []})
    assert compared.to_statement(model_name="m").predicate["truth_comparison"] == {"found": []}


def test_only_an_abandoned_campaign_has_a_reason() -> None:
    assert parse(state="abandoned", reason="the endpoint was switched off").reason
    for state, reason in (("abandoned", ""), ("completed", "because")):
        with pytest.raises(Invalid, match="reason"):
            parse(state=state, reason=reason)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("state", "open"),
        ("plan", -1),
        ("model", "a model"),
        ("outcomes", {"sha256": "x", "records": 1, "attempts": 1}),
        ("cells", [{**CELL, "estimate": {**FIGURE, "value": 1.5}}]),
        ("domains", [{**DOMAIN, "estimate": 0.5}]),
        ("assurance", "certain"),
        ("surprise", True),
    ],
)
def test_a_malformed_result_names_its_field(field: str, value: object) -> None:
    with pytest.raises(Invalid, match=field):
        parse(**{field: value})
