"""Erasures as statements: written, read, refused."""

import dataclasses

import pytest

from kept.core.erasure import ERASURE_TYPE, Erasure
from kept.core.statement import Statement, Subject
from kept.errors import Invalid
from kept.predicates import erasure

ONE = Erasure(
    index=7,
    predicate_type="https://kept.example/predicates/test/v1",
    digest="ab" * 32,
    reason="asked by the person concerned",
    erased="2026-11-22T07:30:00Z",
)


def test_an_erasure_is_read_back_and_names_the_entry_by_its_digest():
    statement = ONE.to_statement()
    assert statement.predicate_type == erasure.TYPE == ERASURE_TYPE
    assert statement.subjects == (Subject("entry 7", {"sha256": "ab" * 32}),)
    assert Erasure.parse(Statement.parse(statement.to_bytes())) == ONE


@pytest.mark.parametrize("reason", ["", "  ", "x" * 4097])
def test_it_needs_a_reason_of_bounded_length(reason):
    with pytest.raises(Invalid, match="reason"):
        dataclasses.replace(ONE, reason=reason)


@pytest.mark.parametrize(
    "change",
    [
        {"index": -1},
        {"index": True},
        {"index": "7"},
        {"index": 2**53},
        {"reason": ""},
        {"reason": 5},
        {"erased": "yesterday"},
        {"predicateType": ""},
        {"further": 1},
    ],
)
def test_any_other_shape_is_refused(change):
    statement = ONE.to_statement()
    with pytest.raises(Invalid):
        Erasure.parse(dataclasses.replace(statement, predicate={**statement.predicate, **change}))


def test_another_subject_or_type_is_refused():
    statement = ONE.to_statement()
    for subjects in ((), (Subject("entry 7", {"sha256": "ab"}),), (*statement.subjects, *statement.subjects)):
        with pytest.raises(Invalid):
            Erasure.parse(dataclasses.replace(statement, subjects=subjects))
    with pytest.raises(Invalid):
        Erasure.parse(dataclasses.replace(statement, predicate_type="https://kept.example/predicates/test/v1"))
