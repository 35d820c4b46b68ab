"""The release register: every major release, withdrawal and scope decision, and what of it is reported and tested."""

from typing import Any

import pytest

from kept.core.commitments import catalog
from kept.core.ledger import Draft
from kept.errors import Conflict, Invalid, NotFound
from kept.predicates.disclosure_fix import DisclosureFix
from kept.predicates.disclosure_programme import DisclosureProgramme
from kept.predicates.sharing_replay_plan import SharingReplayPlan
from simulators import disclosures, sightings
from simulators.campaigns import Design
from simulators.forger import document
from simulators.provider import PROVIDER, SAFETY, Provider, check, read

SMALL = Design(domains=("bio",), prompts=5)
MODEL = SMALL.model.id
OLDER = "sha256:" + "cd" * 32
OTHER = "sha256:" + "ef" * 32
EVENT = {"version": "2.0", "date": "2026-11-21", "major": True, "availability": "public"}


def register(provider: Provider, name: str = "report") -> dict[str, Any]:
    out = provider.report(name)
    assert check(out, provider).answer == "authenticated"
    found: dict[str, Any] = document(read(out))["derived"]["register"]
    return found


def test_an_empty_register_counts_nothing(provider: Provider) -> None:
    found = register(provider)
    assert (found["events"], found["releases"], found["major"]) == ([], [], 0)
    assert [due["requirement"] for due in found["due"]] == ["C6.published", "C6.results", "C6.contents"]


def test_every_release_withdrawal_and_scope_decision_is_listed_in_order(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    provider.service.release(OLDER, {**EVENT, "version": "1.0", "name": "assistant", "date": "2026-01-10"}, by=PROVIDER)
    comparison = {
        "name": "MMLU",
        "frontier_model": "GPT-4",
        "ours": 1.0,
        "theirs": 2.0,
        "source": "x",
        "date": "2026-10-01",
    }
    decision = {"commitments": ["C1"], "decision": "out", "comparisons": [comparison], "rationale": "small"}
    scope = provider.service.scope(MODEL, decision, by=PROVIDER)
    provider.service.release("assistant", {**EVENT, "replaces": OLDER}, by=PROVIDER)
    provider.service.withdraw(OLDER, "It was replaced.", by=PROVIDER)
    found = register(provider)
    assert [each["event"] for each in found["events"]] == ["released", "decided", "released", "withdrawn"]
    new = found["events"][2]
    assert (new["replaces"], new["scope"], new["name"]) == (OLDER, [scope.index], SMALL.model.name)
    assert [(each["version"], each["state"]) for each in found["releases"]] == [
        ("1.0", "withdrawn"),
        ("2.0", "available"),
    ]
    assert found["releases"][0]["withdrawn"] == found["events"][3]["index"]


def test_a_major_release_without_report_or_test_is_named_and_missed(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    tested = provider.service.release("assistant", EVENT, by=PROVIDER).index
    untested = provider.service.release(OLDER, {**EVENT, "date": "2026-11-23"}, by=PROVIDER).index
    provider.service.release("sha256:" + "ef" * 32, {**EVENT, "major": False}, by=PROVIDER)
    found = register(provider)
    assert (found["major"], found["reported"], found["assessed"]) == (2, 0, 1)
    assert (found["unreported"], found["unassessed"]) == ([tested, untested], [untested])
    due = {(each["release"], each["what"]): each["missed"] for each in found["due"] if each["release"] is not None}
    assert due == {
        (tested, "report"): True,
        (tested, "assessment"): False,
        (untested, "report"): False,  # its day is tomorrow
        (untested, "assessment"): False,
    }
    provider.clock.advance(days=2)
    later = register(provider, "later")
    assert [each["release"] for each in later["due"] if each["missed"] and each["what"] == "assessment"] == [untested]


def test_a_model_is_found_by_whatever_name_a_statement_of_any_room_gives_it(provider: Provider) -> None:
    # kept.toml names a model "assistant", and no campaign was ever run on it.
    for number, model in enumerate((OLDER, MODEL), start=1):
        made = DisclosureProgramme.of(**disclosures.programme(model=model, version=number))
        provider.ledger.record(Draft(made.to_statement(name="assistant"), model=model), by=PROVIDER)
    fixed = DisclosureFix.of(**disclosures.fix(model=OLDER))
    provider.ledger.record(Draft(fixed.to_statement(model_name="assistant-1"), model=OLDER), by=PROVIDER)
    planned = SharingReplayPlan.of(**sightings.plan(model=OTHER))
    provider.ledger.record(Draft(planned.to_statement(), model=OTHER), by=PROVIDER)
    assert provider.service.release("assistant", EVENT, by=PROVIDER).model == MODEL
    assert provider.service.release("assistant-1", EVENT, by=PROVIDER).model == OLDER
    assert provider.service.gate_veto("assistant-1", "Wait.", name="S", role="lead", by=SAFETY).what == "vetoed"
    # A replay's number is no name of the model on which it runs.
    with pytest.raises(NotFound, match="Nothing was recorded"):
        provider.service.release(planned.replay, EVENT, by=PROVIDER)
    assert [each["name"] for each in provider.service._derived().document["models"]] == ["assistant"] * 2 + [OTHER]


def test_a_name_that_stands_for_another_model_now_does_not_find_the_one_that_was_called_so(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    made = DisclosureProgramme.of(**disclosures.programme(model=MODEL))
    provider.ledger.record(Draft(made.to_statement(name="untested"), model=MODEL), by=PROVIDER)
    with pytest.raises(NotFound, match="organism:learned"):
        provider.service.release("untested", EVENT, by=PROVIDER)


def test_an_erased_release_still_counts(provider: Provider) -> None:
    index = provider.service.release(OLDER, EVENT, by=PROVIDER).index
    provider.ledger.erase(index, by=PROVIDER, reason="a name was in it")
    found = register(provider)
    assert (found["major"], found["unreported"]) == (1, [index])
    assert found["releases"][0]["state"] == "erased"
    assert found["events"] == [{"index": index, "event": "erased", "model": OLDER, "kind": "release"}]


def test_the_promises_deadlines_are_told(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    provider.report("first")
    found = register(provider, "second")
    due = {each["requirement"]: each for each in found["due"]}
    assert due["C6.published"]["due"] == "2027-05-21"  # 180 days on
    assert not due["C6.published"]["missed"]
    assert due["C6.contents"] == {
        "what": "promise", "model": MODEL, "release": None, "requirement": "C6.contents",
        "due": None, "met": None, "missed": True,
    }  # fmt: skip
    provider.clock.advance(days=200)
    late = {each["requirement"]: each["missed"] for each in register(provider, "third")["due"]}
    assert late["C6.published"]


def test_what_was_never_let_out_cannot_be_taken_back_and_nothing_twice(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    with pytest.raises(NotFound, match="not in the release register"):
        provider.service.withdraw("assistant", "It leaked.", by=PROVIDER)
    provider.service.release("assistant", EVENT, by=PROVIDER)
    with pytest.raises(Invalid, match="reason"):
        provider.service.withdraw("assistant", "  ", by=PROVIDER)
    provider.service.withdraw("assistant", "It leaked.", date="2026-11-22", by=PROVIDER)
    with pytest.raises(Conflict, match="withdrawn on 2026-11-22"):
        provider.service.withdraw("assistant", "Again.", by=PROVIDER)


def test_a_release_of_a_model_that_nobody_knows_is_not_found(provider: Provider) -> None:
    with pytest.raises(NotFound):
        provider.service.release("nobody", EVENT, by=PROVIDER)
    with pytest.raises(NotFound):
        provider.service.release(OLDER, {**EVENT, "replaces": "nobody"}, by=PROVIDER)


@pytest.mark.parametrize(
    "change",
    [
        {"version": "x" * 100_000},
        {"version": "\u202e0.2"},
        {"date": "soon"},
        {"availability": "everywhere"},
        {"secret": 1},
    ],
    ids=repr,
)
def test_a_malformed_event_is_invalid_and_nothing_is_recorded(provider: Provider, change: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        provider.service.release(OLDER, {**EVENT, **change}, by=PROVIDER)
    assert provider.ledger.size() == 0


def test_the_promise_to_report_is_kept_by_a_report_with_all_its_contents(provider: Provider) -> None:
    assert {each.id for each in catalog.load()} >= {"C6"}
    provider.campaigns.run(SMALL)
    provider.write_everything(MODEL)
    provider.report("first")
    states = {row["commitment"]: row["state"] for row in provider.service.status()}
    assert states["C6"] == "kept"
