"""Facts: what the rule sees of a statement, and that it never trips over a foreign one."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core.commitments.facts import EXTRACTORS, RESULT, Fact, extract
from kept.predicates.campaign_result import CampaignResult

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "facts" / "extract.json").read_text())
MODEL = "sha256:" + "ab" * 32
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats(allow_nan=True) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["campaign", "state", "domains", "plan", "issued", "opened", "decision", "comparisons", "law"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vectors(vector: dict[str, object]) -> None:
    found = extract(vector["type"], vector["predicate"], index=vector["index"], model=vector["model"])
    assert found.document() == vector["expect"]


@given(st.sampled_from([*EXTRACTORS, "https://kept.example/predicates/other/v1"]), st.dictionaries(names, values))
def test_a_foreign_predicate_gives_a_fact_or_an_unreadable_one(kind: str, predicate: dict[str, object]) -> None:
    found = extract(kind, predicate, index=3, model=MODEL)
    assert (found.predicate, found.index, found.model) == (kind, 3, MODEL)
    assert json.dumps(found.document(), allow_nan=False)


def test_an_erased_body_leaves_a_fact_without_fields() -> None:
    assert extract(RESULT, None, index=7, model=MODEL) == Fact(RESULT, 7, MODEL)


def test_assurance_comes_from_whoever_reads_never_from_the_statement() -> None:
    told = {"issued": "2026-11-22T07:30:00Z", "assurance": "reproduced"}
    assert extract("https://kept.example/predicates/other/v1", told, index=0).assurance == "self"


def test_facts_are_seen_in_what_the_red_team_records() -> None:
    figure = {
        "value": 0.0,
        "low": 0.0,
        "high": 0.04,
        "level": 0.95,
        "n": 90,
        "method": "clopper-pearson",
        "unassessed": 10,
    }
    domain = {"domain": "bio", "succeeded": 0, "estimate": figure, "worst": figure}
    result = CampaignResult(
        campaign="c-0123456789abcdef",
        plan=0,
        model=MODEL,
        state="completed",
        outcomes={"sha256": "ab" * 32, "records": 1, "attempts": 100},
        transcripts={"root": "ab" * 32, "leaves": 100},
        domains=(domain,),
        cells=(),
        findings=(),
        coverage={"cells": 1, "tested": 1, "unassessed": 0, "not_tested": ()},
        reproduce="kept assess organism:rules?seed=7",
        issued="2026-11-22T07:30:00Z",
        by="provider",
    )
    found = extract(RESULT, result.to_statement(model_name="small").predicate, index=1, model=MODEL)
    assert found.issued == "2026-11-22T07:30:00Z"
    assert found.fields["state"] == "completed"
    assert found.fields["domains"] == {"bio": {"assessed": 90, "unassessed_share": 0.1, "width": 0.04}}
