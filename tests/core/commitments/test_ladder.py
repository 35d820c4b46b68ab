"""The ladder of levels: measures as data, and readings that only evidence raises."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core.commitments.facts import Fact, extract
from kept.core.commitments.ladder import ORDER, ladder, read, stands
from kept.predicates import insider_exercise, security_drill, weights_custody, weights_lease
from kept.predicates.schemas import schemas
from simulators import custody

AS_OF = datetime(2026, 11, 28, tzinfo=UTC)
TWO = "sha256:" + "7b" * 32


def fact(kind: str, fields: dict[str, Any], index: int = 0) -> Fact:
    return extract(kind, fields, index=index, model=fields.get("model", ""))


def held(index: int = 0, **more: Any) -> Fact:
    return fact(weights_custody.TYPE, custody.custody(**more), index)


def drilled(index: int = 0, **more: Any) -> Fact:
    return fact(security_drill.TYPE, custody.drill(**more), index)


def readings(*facts: Fact, as_of: datetime = AS_OF) -> dict[str, str]:
    return {each.measure.id: each.reading for each in read(facts, as_of=as_of)}


def test_every_level_has_measures_each_with_evidence_or_why_there_is_none() -> None:
    found = ladder()
    assert [level.level for level in found.levels] == [1, 2, 3, 4, 5]
    assert {each.level for each in found.measures} == {1, 2, 3, 4, 5}
    assert len({each.id for each in found.measures}) == len(found.measures)
    for each in found.measures:
        assert bool(each.unseen) is (each.requirement is None), each.id


def test_a_measure_asks_only_for_what_its_statement_can_say() -> None:
    for each in ladder().measures:
        if each.requirement is None:
            continue
        properties = schemas()[each.requirement.predicate]["properties"]
        asked = {one.field for one in (*each.requirement.where, *each.requirement.denied)}
        assert asked | ({each.each} - {""}) | ({each.facet[0]} if each.facet else set()) <= set(properties), each.id


def test_nothing_is_met_without_evidence() -> None:
    assert set(readings().values()) == {"missing", "not evidenced"}
    assert stands(read((), as_of=AS_OF), 1) == (0, 3)


def test_each_measure_is_met_by_its_own_statement_and_by_no_other() -> None:
    whole = readings(held(), drilled(1), fact(insider_exercise.TYPE, custody.exercise(), 2))
    met = {name for name, reading in whole.items() if reading == "met"}
    assert met == {"sealed-at-rest", "whole-at-rest", "several-people", "few-holders", "leases-end", "insiders-noticed"}
    assert whole["key-apart"] == "contradicted"
    assert readings(held(key="pkcs11"))["key-apart"] == "met"


def test_evidence_grows_old() -> None:
    found = readings(held(), drilled(1), as_of=datetime(2027, 3, 1, tzinfo=UTC))
    assert (found["sealed-at-rest"], found["leases-end"]) == ("stale", "met")


def test_of_several_sets_of_weights_the_worst_counts() -> None:
    alone = held(1, weights=TWO, people_required=1)
    assert readings(held(), alone)["several-people"] == "contradicted"
    assert readings(replace(alone, index=0), held(1))["several-people"] == "contradicted"
    gone = held(2, weights=TWO, event="destroyed", sealed=False, files=[], people_required=0, custodians=0)
    assert readings(held(), alone, gone)["several-people"] == "met"


def test_a_drill_that_failed_counts_until_one_of_its_kind_passes() -> None:
    missed = {"state": "failed", "answer": "none", "code": "", "seconds": None}
    assert readings(drilled(0), drilled(1, **missed))["leases-end"] == "contradicted"
    assert readings(drilled(0), drilled(1, scenario="decoy-opened", **missed))["leases-end"] == "met"
    assert readings(drilled(0, **missed), drilled(1))["leases-end"] == "met"


def test_a_lease_without_attestation_or_people_contradicts() -> None:
    whole = fact(weights_lease.TYPE, custody.lease(attested=True))
    later = custody.lease(attested=False, break_glass=True)
    assert readings(whole)["attested-runtimes"] == readings(whole)["no-broken-glass"] == "met"
    asked = fact(weights_lease.TYPE, {**later, "state": "requested"}, 1)
    assert readings(whole, asked)["attested-runtimes"] == "met"
    found = readings(whole, fact(weights_lease.TYPE, later, 1))
    assert found["attested-runtimes"] == found["no-broken-glass"] == "contradicted"


@pytest.mark.parametrize("kind", [weights_custody.TYPE, security_drill.TYPE])
def test_a_statement_that_cannot_be_read_never_helps(kind: str) -> None:
    before, unread = readings(held(), drilled(1)), Fact(kind, 2)
    after = readings(held(), drilled(1), unread)
    order = (*ORDER, "not evidenced")
    assert all(order.index(after[name]) >= order.index(before[name]) for name in before)
    assert after["sealed-at-rest" if kind == weights_custody.TYPE else "leases-end"] == "contradicted"


statements = st.lists(
    st.builds(
        lambda make, at: make(at),
        st.sampled_from([held, drilled, lambda at: fact(insider_exercise.TYPE, custody.exercise(), at)]),
        st.integers(0, 9),
    ),
    max_size=6,
    unique_by=lambda each: each.index,
)


@given(statements, st.data())
def test_leaving_evidence_out_never_helps(facts: list[Fact], data: st.DataObject) -> None:
    kept = [each for each in facts if data.draw(st.booleans())]
    whole, less = readings(*facts), readings(*kept)
    supporting = [name for name in whole if whole[name] in ("met", "missing", "not evidenced")]
    assert all(less[name] == whole[name] or whole[name] == "met" for name in supporting)
