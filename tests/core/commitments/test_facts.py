"""Facts: what the rule sees of a statement, and that it never trips over a foreign one."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core.commitments.facts import EXTRACTORS, RESULT, Fact, extract

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
