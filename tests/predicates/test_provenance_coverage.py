"""What C5 rests on: the rule reads n, low and user_data, and a figure that its counts don't give fails."""

from datetime import UTC, datetime

import pytest

from kept.core.commitments import catalog, rule
from kept.core.commitments.facts import extract
from kept.errors import Invalid, Unverified
from kept.predicates.provenance_coverage import TYPE, ProvenanceCoverage
from simulators import marking
from simulators.studies import MODEL

AS_OF = datetime(2026, 12, 1, tzinfo=UTC)


def marked(fields: dict) -> str:
    """The state of C5's requirement on marks, with this statement alone."""
    statement = ProvenanceCoverage.of(**fields).to_statement(model_name="painter")
    fact = extract(TYPE, statement.predicate, index=3, model=MODEL, assurance="self")
    (c5,) = (each for each in catalog.load() if each.id == "C5")
    found = rule.status(c5, [fact], model=MODEL, as_of=AS_OF)
    return next(each.reading for each in found.findings if each.requirement == "C5.marked")


def test_it_reads_back_and_its_subject_is_the_model() -> None:
    statement = ProvenanceCoverage.of(**marking.coverage()).to_statement(model_name="painter")
    assert ProvenanceCoverage.parse(statement).found == 118
    assert statement.subjects[0].digest["sha256"] == MODEL.removeprefix("sha256:")


def test_the_rule_of_c5_reads_it() -> None:
    assert marked(marking.coverage()) == "met"
    assert marked(marking.coverage(found=108)) != "met"
    assert marked(marking.coverage(found=90, n=90)) != "met"
    assert marked(marking.coverage(user_data=True)) != "met"


@pytest.mark.parametrize("field", ["low", "found", "n"])
def test_a_figure_that_the_counts_do_not_give_fails(field: str) -> None:
    fields = marking.coverage()
    wrong = ProvenanceCoverage.of(**{**fields, field: fields[field] - (0.01 if field == "low" else 1)})
    with pytest.raises(Unverified, match="its own counts give"):
        wrong.check()
    ProvenanceCoverage.of(**fields).check()


def test_more_than_all_cannot_be_found() -> None:
    with pytest.raises(Invalid):
        ProvenanceCoverage.of(**{**marking.coverage(), "found": 121}).check()
    with pytest.raises(Invalid, match="malformed"):
        ProvenanceCoverage.of(**marking.coverage(user="u-1"))
