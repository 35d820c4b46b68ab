import pytest

from kept.core.model import Identity, Sampling
from kept.core.statement import Statement
from kept.errors import Invalid
from kept.practices.red_team.methods.plans import read_plan
from kept.predicates import campaign_result
from kept.predicates.campaign_plan import TYPE, CampaignPlan, Judge, Parties

MODEL = Identity(name="a model", established="endpoint only")


def campaign_plan(**change: object) -> CampaignPlan:
    plan = read_plan({"domains": ["cyber"]}, sampling=Sampling())
    fields = {
        "campaign": "c-0123456789abcdef",
        "model": MODEL.document(),
        "parties": Parties(attacker=None, judge=None),
        "plan": plan,
        "plan_digest": plan.digest,
        "probes": ("cyber-practice-vault",),
        "corpus": "sha256:" + "0" * 64,
        "judge": Judge(name="exact-card", version=1, false_positive_bound=1e-6, alpha=0.05),
        "cells": 28,
        "attempts": 28 * 48,
        "stopping_rule": "fixed",
        "earlier": 0,
        "software": "kept 0.1.0",
        "opened": "2026-11-22T07:30:00Z",
        "by": "provider",
    }
    return CampaignPlan(**(fields | change))


def test_a_plan_goes_through_its_statement_unchanged() -> None:
    plan = campaign_plan()
    statement = plan.to_statement(model_id=MODEL.id)
    assert statement.predicate_type == TYPE
    assert statement.subjects[0].name == "a model"
    assert f"sha256:{statement.subjects[0].digest['sha256']}" == MODEL.id
    assert CampaignPlan.parse(Statement.parse(statement.to_bytes())) == plan


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("campaign", "../c"),
        ("attempts", 0),
        ("attempts", "1344"),
        ("earlier", -1),
        ("opened", "yesterday"),
        ("corpus", "md5:1"),
        ("judge", {}),
        ("plan", {"domains": []}),
        ("extra", 1),
    ],
)
def test_a_malformed_plan_names_its_field(field: str, value: object) -> None:
    predicate = {**campaign_plan().to_statement(model_id=MODEL.id).predicate, field: value}
    with pytest.raises(Invalid, match=field):
        CampaignPlan.parse(Statement((), TYPE, predicate))


def test_another_type_is_no_plan() -> None:
    with pytest.raises(Invalid, match="no campaign-plan"):
        CampaignPlan.parse(Statement((), campaign_result.TYPE, {}))
