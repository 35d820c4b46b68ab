"""The catalog: every promise of the two texts, in our own words, with a rule that can be checked."""

import json
from hashlib import sha256

import pytest

from kept.core.canonical import encode
from kept.core.commitments import catalog
from kept.errors import NotFound

CATALOG = catalog.load()
REQUIREMENTS = [requirement for commitment in CATALOG for requirement in commitment.requirements]
# A change to the data changes the digest: then raise VERSION, since verifiers know a catalog by both.
DIGESTS = {"1": "sha256:eac4d8e5050fafb002b319accf54ee81473254d3eff75098a1212709bd954eda"}


def test_the_eight_commitments_and_the_three_focus_areas_are_there_in_order() -> None:
    assert [commitment.id for commitment in CATALOG] == [*(f"C{n}" for n in range(1, 9)), *(f"G{n}" for n in (1, 2, 3))]


@pytest.mark.parametrize("commitment", CATALOG.commitments, ids=lambda commitment: commitment.id)
def test_a_promise_has_a_source_a_summary_and_evidence_that_it_asks_for(commitment: catalog.Commitment) -> None:
    source = CATALOG.source(commitment)
    assert source.url.startswith("https://")
    assert source.date == ("2023-07-21" if commitment.id.startswith("C") else "2023-06-29")
    assert 60 <= len(commitment.summary) <= 500
    assert commitment.requirements


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.id)
def test_a_requirement_says_all_that_a_reader_needs(requirement: catalog.Requirement) -> None:
    assert requirement.text.endswith(".")
    assert "{" not in requirement.text
    assert str(requirement.validity_days) in requirement.text
    assert requirement.predicate.startswith("https://kept.example/predicates/")
    assert requirement.where
    for condition in (*requirement.where, *requirement.denied):
        assert condition.test in ("equals", "at least", "at most", "one of")
        assert isinstance(condition.value, tuple) == (condition.test == "one of")


def test_no_requirement_is_named_twice() -> None:
    assert len({requirement.id for requirement in REQUIREMENTS}) == len(REQUIREMENTS)


def test_a_release_is_held_back_by_red_teaming_alone() -> None:
    assert {requirement.id.rpartition(".")[0] for requirement in REQUIREMENTS if requirement.gate} == {
        "C1.internal",
        "G2",
    }


def test_an_unknown_promise_is_named_with_those_that_exist() -> None:
    with pytest.raises(NotFound, match="C1, C2") as caught:
        CATALOG.get("C9")
    assert caught.value.code == "commitment.unknown"


def test_the_document_is_plain_json_and_names_its_own_digest() -> None:
    document = catalog.document()
    assert json.loads(json.dumps(document)) == document
    rest = {name: value for name, value in document.items() if name != "digest"}
    assert document["digest"] == "sha256:" + sha256(encode(rest)).hexdigest()


def test_a_version_stands_for_one_digest() -> None:
    assert DIGESTS[catalog.VERSION] == catalog.document()["digest"]


def test_the_table_covers_every_mixture_of_readings() -> None:
    last = CATALOG.table[-1]
    assert (last.quantifier, last.of, last.state) == ("all", ("missing",), "not tested")
    assert {reading for case in CATALOG.table for reading in case.of} == {"met", "stale", "missing", "contradicted"}
