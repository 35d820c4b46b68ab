"""What the world asks for: unanswered until a named person confirms by which statements it is answered."""

from dataclasses import replace
from typing import Any

import pytest

from kept.core.commitments import crosswalk
from kept.core.ledger import Draft
from kept.core.statement import Statement, Subject
from kept.errors import Conflict, Denied, Invalid, NotFound, Unverified
from kept.practices.reporting.methods.governance.answers import INDICATORS
from kept.predicates.mapping_confirmation import MappingConfirmation
from simulators.campaigns import Design
from simulators.forger import document
from simulators.provider import OUTSIDER, PROVIDER, REVIEWER, Provider, check, read

SMALL = Design(domains=("bio",), prompts=5)
MODEL = SMALL.model.id
NAMED = {"name": "R. Rivera", "role": "head of policy"}


@pytest.fixture
def tested(provider: Provider) -> Provider:
    provider.campaigns.run(SMALL)
    return provider


def answers(provider: Provider, name: str = "report") -> dict[str, dict[str, Any]]:
    out = provider.report(name)
    assert check(out, provider).answer == "authenticated"
    frameworks = document(read(out))["derived"]["answers"]
    for each in frameworks:
        assert each["answered"] + each["in_part"] + each["unanswered"] == len(each["items"])
    return {item["item"]: item for framework in frameworks for item in framework["items"]}


def test_all_hundred_indicators_and_every_promise_are_unanswered_until_confirmed(tested: Provider) -> None:
    framework = next(each for each in crosswalk.frameworks() if each.id == "fmti-2025-12")
    assert [item.id for item in framework.items] == list(INDICATORS)
    found = answers(tested)
    assert len(found) == 111
    assert {each["state"] for each in found.values()} == {"unanswered"}


def test_a_confirmation_answers_by_its_statements_and_names_who_confirmed(tested: Provider) -> None:
    tested.service.confirm("FMTI-048", [1], extent="fully", **NAMED, by=PROVIDER)
    tested.service.confirm("FMTI-049", [1], extent="in part", note="One command only.", **NAMED, by=REVIEWER)
    found = answers(tested)
    assert (found["FMTI-048"]["state"], found["FMTI-048"]["statements"]) == ("answered", [1])
    (confirmed,) = found["FMTI-049"]["confirmed"]
    assert found["FMTI-049"]["state"] == "in part"
    assert (confirmed["name"], confirmed["note"], confirmed["actors"]) == (
        "R. Rivera",
        "One command only.",
        ["reviewer"],
    )


def test_the_last_confirmation_of_each_model_counts_and_can_be_taken_back(tested: Provider) -> None:
    tested.service.confirm("FMTI-048", [1], extent="fully", model=MODEL, **NAMED, by=PROVIDER)
    tested.service.confirm("FMTI-048", [0], extent="in part", **NAMED, by=PROVIDER)
    assert answers(tested, "one")["FMTI-048"]["state"] == "answered"
    tested.service.confirm("FMTI-048", [], extent="not", model=MODEL, note="It was wrong.", **NAMED, by=PROVIDER)
    found = answers(tested, "two")["FMTI-048"]
    assert (found["state"], found["statements"]) == ("in part", [0])
    assert [each["extent"] for each in found["confirmed"]] == ["in part", "not"]


def test_what_rests_on_an_erased_statement_is_unanswered_and_on_a_withheld_one_in_part(tested: Provider) -> None:
    part = tested.service.write("limitations", "It forgets.", model=MODEL, author="S. Sato", role="editor", by=PROVIDER)
    tested.service.confirm("FMTI-043", [1, part.index], extent="fully", **NAMED, by=PROVIDER)
    plea = {"reason": "law", "why": "A court order.", "until": "2027-01-01"}
    tested.service.withhold(part.index, ["text"], **plea, by=PROVIDER)
    assert answers(tested, "one")["FMTI-043"]["state"] == "in part"
    tested.ledger.erase(part.index, by=PROVIDER, reason="asked for by its author")
    assert answers(tested, "two")["FMTI-043"]["state"] == "unanswered"


def test_a_promise_is_answered_when_all_its_requirements_are(tested: Provider) -> None:
    tested.service.confirm("C6.published", [1], extent="fully", **NAMED, by=PROVIDER)
    assert answers(tested, "one")["C6"]["state"] == "in part"
    for requirement in ("C6.results", "C6.contents"):
        tested.service.confirm(requirement, [1], extent="fully", **NAMED, by=PROVIDER)
    found = answers(tested, "two")["C6"]
    assert found["state"] == "answered"
    assert [each["state"] for each in found["requirements"]] == ["answered"] * 3
    states = {row["commitment"]: row["state"] for row in tested.service.status()}
    assert states["C6"] != "kept", "a confirmation is no evidence"


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        ({"item": "FMTI-101"}, Invalid, "Nobody asks"),
        ({"item": "x" * 100_000}, Invalid, "Nobody asks"),
        ({"statements": [99]}, NotFound, "no statement 99"),
        ({"statements": [-1]}, NotFound, "no statement -1"),
        ({"statements": []}, Invalid, "statements"),
        ({"statements": [1, 1]}, Invalid, "twice"),
        ({"extent": "mostly"}, Invalid, "extent"),
        ({"name": "\u202e"}, Invalid, "name"),
        ({"note": "x" * 100_000}, Invalid, "note"),
        ({"by": OUTSIDER}, Denied, "may not sign"),
        ({"model": "nobody"}, NotFound, "nobody"),
    ],
)
def test_bad_confirmations_are_named_and_not_recorded(
    tested: Provider, change: dict[str, Any], kind: type[Exception], said: str
) -> None:
    given = {"item": "FMTI-048", "statements": [1], "extent": "fully", **NAMED, "by": PROVIDER, **change}
    with pytest.raises(kind, match=said):
        tested.service.confirm(given.pop("item"), given.pop("statements"), **given)
    assert tested.ledger.size() == 2


def test_the_nearest_item_is_named_and_what_cannot_be_read_confirms_nothing(tested: Provider) -> None:
    with pytest.raises(Invalid) as caught:
        tested.service.confirm("C6.content", [1], extent="fully", **NAMED, by=PROVIDER)
    assert caught.value.hint == 'Did you mean "C6.contents"?'
    tested.ledger.erase(1, by=PROVIDER, reason="a test")
    with pytest.raises(Conflict, match="erased"):
        tested.service.confirm("C6.contents", [1], extent="fully", **NAMED, by=PROVIDER)


def test_a_signed_confirmation_of_what_nobody_asks_for_fails_verification(tested: Provider) -> None:
    made = MappingConfirmation.of(
        framework="fmti-2025-12", item="FMTI-101", model="", extent="fully", statements=(1,), **NAMED,
        issued="2026-11-22T07:30:00Z", by="provider",
    )  # fmt: skip
    tested.ledger.record(Draft(made.to_statement()), by=PROVIDER)
    with pytest.raises(Unverified, match="nobody asks"):
        tested.report()


def test_what_is_told_of_nowhere_else_is_listed_with_all_that_it_says(tested: Provider) -> None:
    kind = "https://kept.example/predicates/preregistered-thing/v1"
    said = {"issued": "2026-11-22T07:30:00Z", "by": "provider", "what": "<b>a</b>"}
    statement = Statement((Subject("thing", {"sha256": "ab" * 32}),), kind, said)
    tested.ledger.record(
        [Draft(statement), Draft(replace(statement, predicate_type="https://other.example/v1"))], by=PROVIDER
    )
    (found,) = document(read(tested.report()))["derived"]["records"]
    assert found == {
        "index": 2, "kind": "preregistered-thing", "model": "", "actors": ["provider"], "assurance": "self",
        "issued": said["issued"], "fields": said,
    }  # fmt: skip
