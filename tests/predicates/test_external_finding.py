"""What an external tester found: its figures follow from its counts."""

import pytest

from kept.errors import Invalid, Unverified
from kept.predicates.external_finding import TYPE, ExternalFinding
from simulators import studies


def test_a_finding_goes_through_a_statement_and_back() -> None:
    found = ExternalFinding.of(**studies.finding())
    found.check()
    statement = found.to_statement(model_name="assistant")
    assert statement.predicate_type == TYPE
    assert statement.subjects[0].digest == {"sha256": "7" * 64}
    assert ExternalFinding.parse(statement) == found
    assert (found.estimate.n, found.worst.n, found.worst.unassessed) == (38, 40, 2)


def test_nothing_assessed_has_no_success_and_the_widest_interval() -> None:
    found = ExternalFinding.of(**studies.finding(succeeded=0, unassessed=40))
    found.check()
    assert (found.estimate.low, found.estimate.high, found.worst.value) == (0, 1, 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"succeeded": 39}, "more attempts succeeded"),
        ({"transcripts": {"root": "ab" * 32, "leaves": 41}}, "another number of attempts"),
        ({"severity": "terrible"}, "severity"),
        ({"summary": ""}, "summary"),
        ({"summary": "x" * 4001}, "summary"),
        ({"conditions": {**studies.CONDITIONS, "funding": ""}}, "conditions.funding"),
        ({"signed_by": "nobody"}, "signed_by"),
    ],
)
def test_what_cannot_be_is_malformed(change: dict, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        ExternalFinding.of(**(studies.finding() | change))


@pytest.mark.parametrize("name", ["estimate", "worst"])
def test_a_figure_that_its_counts_do_not_give_fails(name: str) -> None:
    fields = studies.finding()
    fields[name] = {**fields[name], "high": fields[name]["high"] - 0.01}
    with pytest.raises(Unverified, match=f"states high .* for {name}"):
        ExternalFinding.of(**fields).check()


def test_a_finding_without_transcripts_says_so_by_their_absence() -> None:
    fields = studies.finding()
    del fields["transcripts"]
    statement = ExternalFinding.of(**fields).to_statement()
    assert "transcripts" not in statement.predicate
    assert ExternalFinding.parse(statement).transcripts is None
