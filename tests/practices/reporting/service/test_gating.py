"""The gate: policy as configuration, decisions that can be computed again, overrides by others, and the veto."""

from dataclasses import replace
from typing import Any

import pytest

from kept.core.ledger import Draft
from kept.errors import Conflict, Denied, Invalid, NotFound, Unverified
from kept.practices.reporting.records import Settings
from kept.predicates.gate_decision import GateDecision
from kept.predicates.gate_override import GateOverride
from kept.predicates.gate_veto import GateVeto
from simulators.campaigns import Design
from simulators.comparisons import AFTER, compared
from simulators.forger import document
from simulators.provider import COUNSEL, LAB, PROVIDER, REVIEWER, SAFETY, Provider, check, read

CALM = Design(domains=("bio", "cyber"), prompts=60, succeeding=0.0, unassessed=0.0)
MODEL = CALM.model.id
NAMED = {"name": "R. Rivera", "role": "head of evaluation"}
LAX: dict[str, Any] = {"required": []}
STRICT: dict[str, Any] = {"required": ["C1"]}


@pytest.fixture
def tested(provider: Provider) -> Provider:
    provider.campaigns.run(CALM)
    return provider


def reasons(provider: Provider, **policy: Any) -> tuple[str, ...]:
    answer = provider.service.gate(MODEL, policy={**LAX, **policy})
    assert answer.open == (not answer.reasons)
    return answer.reasons


def bound(**change: Any) -> dict[str, Any]:
    return {"domain": "cyber", "at_most": 0.1, **change}


def gates(provider: Provider, name: str = "report") -> dict[str, Any]:
    out = provider.report(name)
    assert check(out, provider).answer == "authenticated"
    (found,) = document(read(out))["derived"]["gates"]
    return dict(found)


# The policy


def test_bounds_hold_by_the_upper_end_of_the_worst_case(tested: Provider) -> None:
    assert reasons(tested, bounds=[bound()]) == ()
    assert "at most 1.0% is allowed" in reasons(tested, bounds=[bound(at_most=0.01)])[0]
    tested.campaigns.run(replace(CALM, unassessed=0.5, seed=2))
    (said,) = reasons(tested, bounds=[bound(at_most=0.3)])
    assert said.startswith("c-0000000000000002/cyber: up to ")


def test_a_bound_on_a_cell_is_about_that_cell_alone(tested: Provider) -> None:
    cell = {"strategy": "base64", "language": "en"}
    assert reasons(tested, bounds=[bound(**cell)]) == ()
    assert reasons(tested, bounds=[bound(**cell, at_most=0.01)])[0].startswith("c-0000000000000001/cyber/base64/en: ")


def test_what_was_not_tested_or_not_surely_enough_lies_under_no_bound(tested: Provider) -> None:
    assert "was tested by no finished campaign" in reasons(tested, bounds=[bound(domain="chemical", at_most=1.0)])[0]
    assert "99.0% is asked" in reasons(tested, bounds=[bound(confidence=0.99)])[0]
    tested.campaigns.run(replace(CALM, domains=("societal",)), state="abandoned")
    assert "no finished campaign" in reasons(tested, bounds=[bound(domain="societal", at_most=1.0)])[0]


def test_evidence_has_to_be_fresh(tested: Provider) -> None:
    policy = {"bounds": [bound()], "fresh_days": 30}
    assert reasons(tested, **policy) == ()
    tested.clock.advance(days=31)
    assert "more than 30 days ago" in reasons(tested, **policy)[0]


def test_the_policy_of_the_workspace_is_the_one_unless_another_is_given(tested: Provider) -> None:
    tested.settings = Settings(required=(), policy={"bounds": [bound(at_most=0.01)]})
    assert not tested.service.gate(MODEL).open
    assert tested.service.gate(MODEL, policy={}).open


@pytest.mark.parametrize(
    ("policy", "said", "hint"),
    [
        ({"bounds": [bound(domain="cyb")]}, "which nobody tests", "Did you mean 'cyber'?"),
        ({"bounds": [bound(at_most=1.5)]}, "at_most", "0 to 1"),
        ({"bounds": [bound(at_most=-0.1)]}, "at_most", "0 to 1"),
        ({"bounds": [bound(at_most=float("nan"))]}, "at_most", "0 to 1"),
        ({"bounds": [bound(confidence=1.0)]}, "confidence", ""),
        ({"bounds": [bound(strategy="base64")]}, "strategy and its language", ""),
        ({"bounds": [bound(atmost=0.1)]}, "atmost", "Did you mean 'at_most'?"),
        ({"bounds": "none"}, "bounds", ""),
        ({"fresh_days": 0}, "fresh_days", ""),
        ({"tolerance": 2}, "tolerance", ""),
        ({"require": ["C1"]}, "require", "Did you mean 'required'?"),
        ({"required": ["C99"]}, "C99", ""),
        ({"required": ["C1.extern"]}, "C1.extern", ""),
    ],
)
def test_a_policy_that_cannot_be_is_invalid_and_the_nearest_is_named(
    tested: Provider, policy: dict[str, Any], said: str, hint: str
) -> None:
    with pytest.raises(Invalid, match=said) as caught:
        tested.service.gate(MODEL, policy=policy)
    assert hint in caught.value.hint


# Decisions


def test_a_decision_is_recorded_with_its_reasons_policy_and_signers_and_computed_again(tested: Provider) -> None:
    closed = tested.service.gate_record(MODEL, policy={**STRICT, "bounds": [bound()]}, by=PROVIDER)
    assert not closed.open
    done = tested.service.gate_record("assistant", policy={**LAX, "bounds": [bound()]}, by=PROVIDER)
    found = gates(tested)
    assert (found["model"], found["state"]) == (MODEL, "open")
    first, last = found["decisions"]
    assert (first["decision"], first["reasons"]) == ("closed", list(closed.reasons))
    assert (last["index"], last["policy_digest"], last["actors"]) == (done.index, done.policy_digest, ["provider"])
    assert last["policy"]["bounds"][0]["at_most"] == 0.1
    assert first["recomputed"]
    assert last["recomputed"]


def test_what_was_decided_before_stays_right_after_more_was_recorded(tested: Provider) -> None:
    plan, _ = tested.campaigns.open(replace(CALM, seed=2))
    tested.service.gate_record(MODEL, policy=LAX, by=PROVIDER)
    tested.campaigns.run(replace(CALM, seed=3), by=LAB)
    tested.clock.advance(days=300)
    found = gates(tested)["decisions"][0]
    assert found["recomputed"]
    assert plan.campaign in found["reasons"][0]


def test_a_decision_on_what_can_no_longer_be_read_is_shown_as_not_computed_again(tested: Provider) -> None:
    tested.campaigns.open(replace(CALM, seed=2))
    tested.service.gate_record(MODEL, policy=LAX, by=PROVIDER)
    tested.ledger.erase(2, by=PROVIDER, reason="asked for by its subject")
    assert not gates(tested)["decisions"][0]["recomputed"]


def forged(provider: Provider, **change: Any) -> None:
    provider.service.gate_record(MODEL, policy=STRICT, by=PROVIDER)
    known = provider.service._known()[-1]
    assert known.fields is not None
    predicate = GateDecision.of(**{**known.fields, **change}).to_statement()
    provider.ledger.record(Draft(predicate, model=MODEL), by=PROVIDER)


@pytest.mark.parametrize(
    "change",
    [
        {"decision": "open", "reasons": ()},
        {"reasons": ("It rained.",)},
        {"policy": LAX},
        {"policy_digest": "sha256:" + "0" * 64},
        {"size": 99},
        {"policy": {"required": ["C99"]}},
    ],
    ids=repr,
)
def test_a_signed_decision_that_does_not_follow_fails_verification(tested: Provider, change: dict[str, Any]) -> None:
    forged(tested, **change)
    with pytest.raises(Unverified):
        tested.report()


# Overrides


def overridden(provider: Provider) -> int:
    decision = provider.service.gate_record(MODEL, policy=STRICT, by=PROVIDER).index
    asked = provider.service.gate_override(decision, "It is needed.", **NAMED, by=PROVIDER)
    return asked.index


def answer(provider: Provider, policy: dict[str, Any] = STRICT) -> Any:
    return provider.service.gate(MODEL, policy=policy)


def test_an_override_opens_the_gate_once_two_others_approved_and_dissent_is_shown(tested: Provider) -> None:
    index = overridden(tested)
    assert not answer(tested).open
    with pytest.raises(Denied, match="another holder"):
        tested.service.approve(index, **NAMED, by=PROVIDER)
    tested.service.approve(index, name="R. Rivera", role="reviewer", by=REVIEWER)
    assert not answer(tested).open, "one is too few"
    with pytest.raises(Denied, match="already"):
        tested.service.approve(index, name="R. Rivera", role="reviewer", by=REVIEWER)
    assert not answer(tested).open, "and the same one twice is one"
    tested.service.approve(index, name="S. Sato", role="safety", refuse=True, note="Too early.", by=SAFETY)
    tested.service.approve(index, name="C. Chen", role="counsel", by=COUNSEL)
    found = answer(tested)
    assert (found.open, found.override) == (True, index)
    assert found.reasons, "what stood against it is told all the same"
    shown = gates(tested)
    assert shown["state"] == "overridden"
    (override,) = shown["overrides"]
    assert (override["approvers"], override["dissent"], override["state"]) == (["counsel", "reviewer"], 1, "approved")
    assert override["reviews"][1]["note"] == "Too early."


def approved(provider: Provider) -> int:
    index = overridden(provider)
    for who in (REVIEWER, COUNSEL):
        provider.service.approve(index, name=who.id, role="reviewer", by=who)
    assert answer(provider).open
    return index


def test_an_override_covers_the_reasons_of_its_decision_and_no_later_one(tested: Provider) -> None:
    approved(tested)
    tested.campaigns.open(replace(CALM, seed=2))
    found = answer(tested)
    assert (found.open, found.override) == (False, None)


def test_an_approval_that_is_taken_back_closes_the_gate_again(tested: Provider) -> None:
    index = approved(tested)
    tested.service.approve(index, name="C. Chen", role="counsel", refuse=True, note="I was wrong.", by=COUNSEL)
    assert not answer(tested).open


def test_an_override_whose_decision_was_erased_opens_nothing(tested: Provider) -> None:
    index = approved(tested)
    tested.ledger.erase(index - 1, by=PROVIDER, reason="a name was in it")
    assert not answer(tested).open
    assert gates(tested)["state"] == "closed"


def test_only_a_closed_decision_can_be_overridden(tested: Provider) -> None:
    with pytest.raises(NotFound, match="no gate decision"):
        tested.service.gate_override(0, "It is needed.", **NAMED, by=PROVIDER)
    opened = tested.service.gate_record(MODEL, policy=LAX, by=PROVIDER).index
    with pytest.raises(Conflict, match="open"):
        tested.service.gate_override(opened, "It is needed.", **NAMED, by=PROVIDER)
    entry = tested.ledger.entry(opened).digest
    made = GateOverride.of(
        model=MODEL, decision=opened, entry=entry, reason="So.", **NAMED, issued="2026-11-22T07:30:00Z", by="provider"
    )
    tested.ledger.record(Draft(made.to_statement(), model=MODEL), by=PROVIDER)
    with pytest.raises(Unverified, match="no closed gate"):
        tested.report()


# The veto


def test_a_veto_closes_the_gate_against_policy_and_override_until_it_is_lifted(tested: Provider) -> None:
    approved(tested)
    tested.service.gate_veto("assistant", "A fresh report came in.", name="S. Sato", role="safety lead", by=SAFETY)
    for policy in (STRICT, LAX):
        found = answer(tested, policy)
        assert not found.open
        assert "Vetoed" in found.reasons[0]
        assert "S. Sato" in found.reasons[0]
    assert gates(tested, "vetoed")["state"] == "vetoed"
    tested.service.gate_veto("assistant", "It is settled.", name="S. Sato", role="safety lead", lift=True, by=SAFETY)
    assert answer(tested).open
    found = gates(tested, "lifted")
    assert (found["state"], [each["closes"] for each in found["vetoes"]]) == ("overridden", [True, False])


def test_nobody_without_the_role_vetoes_or_lifts_and_what_was_not_vetoed_is_not_lifted(tested: Provider) -> None:
    for lift in (False, True):
        with pytest.raises(Denied, match="trust-and-safety"):
            tested.service.gate_veto("assistant", "No.", **NAMED, lift=lift, by=PROVIDER)
    with pytest.raises(Conflict, match="no veto"):
        tested.service.gate_veto("assistant", "Yes.", **NAMED, lift=True, by=SAFETY)


def test_a_veto_is_not_ended_by_the_providers_own_word_nor_by_an_erasure(tested: Provider) -> None:
    index = tested.service.gate_veto("assistant", "No.", **NAMED, by=SAFETY).index
    made = GateVeto.of(event="lifted", model=MODEL, reason="Yes.", **NAMED, issued="2026-11-22T07:30:00Z", by="safety")
    tested.ledger.record(Draft(made.to_statement(), model=MODEL), by=PROVIDER)
    assert not answer(tested, LAX).open
    tested.ledger.erase(index, by=PROVIDER, reason="a name was in it")
    assert not answer(tested, LAX).open
    assert gates(tested)["vetoes"][0]["event"] == "erased"


@pytest.mark.parametrize("field", ["reason", "name", "role"])
@pytest.mark.parametrize("bad", ["x" * 100_000, "a\u202eb", "\x00", "   "], ids=["long", "turned", "nul", "blank"])
def test_texts_that_are_too_long_or_cannot_be_seen_are_invalid(tested: Provider, field: str, bad: str) -> None:
    decision = tested.service.gate_record(MODEL, policy=STRICT, by=PROVIDER).index
    given = {"reason": "So.", **NAMED, field: bad}
    with pytest.raises(Invalid, match=field):
        tested.service.gate_override(decision, given.pop("reason"), **given, by=PROVIDER)
    given = {"reason": "So.", **NAMED, field: bad}
    with pytest.raises(Invalid, match=field):
        tested.service.gate_veto("assistant", given.pop("reason"), **given, by=SAFETY)
    assert tested.ledger.size() == 3


# Compared with the release before


def test_a_release_that_may_be_worse_than_the_one_before_is_held_back(provider: Provider) -> None:
    compared(provider)
    answer = provider.service.gate(AFTER.id, policy={**LAX, "worsening": 0.05})
    assert not answer.open
    assert any("may be worse by up to" in reason for reason in answer.reasons)
    assert provider.service.gate(AFTER.id, policy={**LAX}).open
    decision = provider.service.gate_record(AFTER.id, policy={**LAX, "worsening": 0.05}, by=PROVIDER)
    assert decision.reasons == answer.reasons
    assert gates(provider)["decisions"][0]["recomputed"]


def test_without_a_comparison_nothing_tells_that_a_release_is_not_worse(tested: Provider) -> None:
    assert "compared with no release" in reasons(tested, worsening=1.0)[0]
