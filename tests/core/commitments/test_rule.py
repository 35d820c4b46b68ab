"""The rule: what evidence makes of a promise, and that nothing hidden, old or unreadable ever helps."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core.commitments import catalog, fields
from kept.core.commitments.facts import PLAN, RESULT, SCOPE, Fact
from kept.core.commitments.rule import STATES, Status, status

VECTORS = Path(__file__).parents[2] / "vectors" / "status"
NOW = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
MODEL = "sha256:" + "ab" * 32
DOMAINS = ["bio", "chemical", "radiological", "cyber", "tool-use", "physical", "self-replication", "societal"]
LADDER = ("not kept", "not tested", "stale", "partly", "kept")
CATALOG = catalog.load()


def fact(document: dict[str, object]) -> Fact:
    return Fact(**{"model": MODEL, "assurance": "self", "fields": {}, **document})


def issued(days: float) -> str:
    return f"{NOW - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def plan(index: int, campaign: str, *, domains: list[str] = DOMAINS, days: float = 1) -> Fact:
    return Fact(PLAN, index, MODEL, issued(days), fields={"campaign": campaign, "domains": domains})


def result(
    index: int,
    campaign: str,
    *,
    domains: list[str] = DOMAINS,
    days: float = 1,
    state: str = "completed",
    assessed: int = 100,
    assurance: str = "self",
) -> Fact:
    row = {"assessed": assessed, "width": 0.1, "unassessed_share": 0.0}
    held = {"campaign": campaign, "state": state, "domains": dict.fromkeys(domains, row)}
    return Fact(RESULT, index, MODEL, issued(days), assurance, held)


def c1(*facts: Fact, as_of: datetime = NOW, decisions: tuple[Fact, ...] = ()) -> Status:
    return status(CATALOG.get("C1"), facts, model=MODEL, as_of=as_of, decisions=decisions)


def outside_model(each: Fact) -> Fact:
    return replace(each, model="sha256:" + "cd" * 32)


INSIDE = (plan(0, "a"), result(1, "a"))
OUTSIDE = (plan(2, "b", domains=["cyber"]), result(3, "b", domains=["cyber"], assurance="third party"))


def test_red_teaming_inside_and_out_keeps_c1() -> None:
    found = c1(*INSIDE, *OUTSIDE)
    assert (found.state, found.missing, found.evidence, found.gate) == ("kept", (), (1, 3), ())


def test_red_teaming_inside_alone_is_partly_and_says_what_is_missing_and_may_ship() -> None:
    found = c1(*INSIDE)
    assert found.state == "partly"
    assert len(found.missing) == 1
    assert "organisation other than the provider" in found.missing[0]
    assert found.gate == ()


def test_nothing_recorded_is_not_tested() -> None:
    for commitment in CATALOG:
        found = status(commitment, (), model=MODEL, as_of=NOW)
        assert found.state == "not tested"
        assert len(found.missing) == len(commitment.requirements)


def test_evidence_past_its_validity_is_stale_and_says_since_when() -> None:
    found = c1(plan(0, "a", days=200), result(1, "a", days=200))
    assert found.state == "stale"
    assert found.missing[0].startswith("Stale since 2026-11-02")
    assert {finding.requirement for finding in found.gate} == {f"C1.internal.{domain}" for domain in DOMAINS}


def test_evidence_is_good_to_the_last_second_of_its_validity() -> None:
    until = datetime.strptime(c1(*INSIDE).findings[0].until, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert c1(*INSIDE, as_of=until).findings[0].reading == "met"
    assert c1(*INSIDE, as_of=until + timedelta(seconds=1)).findings[0].reading == "stale"


def test_a_campaign_left_open_holds_the_promise_up_and_then_breaks_it() -> None:
    fresh = c1(*INSIDE, *OUTSIDE, plan(4, "c", domains=["bio"], days=2))
    assert fresh.state == "partly"
    assert fresh.missing[0].startswith("Held up by entry 4: ")
    assert [finding.requirement for finding in fresh.gate] == ["C1.internal.bio"]
    late = c1(*INSIDE, *OUTSIDE, plan(4, "c", domains=["bio"], days=31))
    assert late.state == "not kept"
    assert late.missing[0].startswith("Contradicted by entry 4: ")


def test_a_campaign_given_up_counts_against_until_it_is_run_again_whole() -> None:
    given_up = (plan(0, "a", days=40), result(1, "a", state="abandoned", days=40))
    assert c1(*given_up).state == "not kept"
    part = (plan(2, "b", domains=["bio"]), result(3, "b", domains=["bio"]))
    assert c1(*given_up, *part).state == "not kept"
    assert c1(*given_up, plan(2, "b"), result(3, "b")).state == "partly"


def test_a_campaign_opened_before_another_was_given_up_does_not_stand_in_for_it() -> None:
    both = (plan(0, "a", days=40), plan(1, "b", days=40), result(2, "a", state="abandoned", days=40), result(3, "b"))
    assert c1(*both).state == "not kept"


def test_a_result_whose_campaign_was_not_announced_before_it_is_no_evidence() -> None:
    assert c1(result(0, "a")).state == "not tested"
    assert c1(result(0, "a"), plan(1, "a")).state == "not tested"


def test_too_few_attempts_are_not_evidence() -> None:
    assert c1(plan(0, "a"), result(1, "a", assessed=58)).state == "not tested"
    assert c1(plan(0, "a"), result(1, "a", assessed=59)).state == "partly"


def test_evidence_about_another_model_or_of_tomorrow_does_not_count() -> None:
    assert c1(*map(outside_model, INSIDE)).state == "not tested"
    assert c1(plan(0, "a", days=-1), result(1, "a", days=-1)).state == "not tested"


def test_an_opening_that_cannot_be_read_contradicts() -> None:
    assert c1(*INSIDE, *OUTSIDE, plan(4, "", days=1)).state == "not kept"
    assert c1(*INSIDE, *OUTSIDE, Fact(PLAN, 4, MODEL)).state == "not kept"


def scope(index: int, decision: str = "out", **change: object) -> Fact:
    held = {"commitments": ["C1", "C6"], "decision": decision, "comparisons": 1, "behind": 1}
    return Fact(SCOPE, index, MODEL, issued(1), fields=held | change)


def test_out_of_scope_is_a_state_of_its_own_and_rests_on_its_decision() -> None:
    found = c1(*INSIDE, *OUTSIDE, decisions=(scope(9),))
    assert (found.state, found.missing, found.evidence) == ("out of scope", (), (9,))
    assert all(finding.reading == "met" for finding in found.findings)


def test_the_last_scope_decision_counts_and_an_unreadable_one_ends_an_exemption() -> None:
    assert c1(decisions=(scope(8), scope(9, "in"))).state == "not tested"
    assert c1(decisions=(scope(9), scope(8, "in"))).state == "out of scope"
    assert c1(decisions=(scope(8), Fact(SCOPE, 9, MODEL))).state == "not tested"
    assert c1(decisions=(scope(8), scope(9, commitments=["C6"]))).state == "out of scope"


def test_a_scope_decision_that_its_figures_do_not_bear_out_decides_nothing() -> None:
    assert c1(decisions=(scope(9, comparisons=0, behind=0),)).state == "not tested"
    assert c1(decisions=(scope(9, comparisons=3, behind=0),)).state == "not tested"


def test_promises_that_name_no_model_have_no_scope_to_fall_out_of() -> None:
    out = scope(9, commitments=[commitment.id for commitment in CATALOG])
    found = {each.id: status(each, (), model=MODEL, as_of=NOW, decisions=(out,)).state for each in CATALOG}
    assert {id for id, state in found.items() if state == "out of scope"} == {"C1", "C3", "C4", "C5", "C6"}


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """Ledgers of plans, results, other evidence and unreadable entries about one model."""
    facts: list[Fact] = []
    requirements = [requirement for commitment in CATALOG for requirement in commitment.requirements]
    for index in range(draw(st.integers(0, 10))):
        days, name = draw(st.sampled_from([0, 20, 40, 170, 200, 400])), draw(st.sampled_from("abc"))
        domains = draw(st.sampled_from([DOMAINS, DOMAINS[:1], DOMAINS[1:]]))
        kind = draw(st.sampled_from(["plan", "result", "result", "other", "unreadable"]))
        if kind == "plan":
            facts.append(plan(index, name, domains=domains, days=days))
        elif kind == "result":
            state, whose = (
                draw(st.sampled_from(["completed", "abandoned"])),
                draw(st.sampled_from(["self", "third party"])),
            )
            facts.append(result(index, name, domains=domains, days=days, state=state, assurance=whose))
        elif kind == "other":
            requirement = draw(st.sampled_from(requirements))
            conditions = draw(st.sampled_from([requirement.where, requirement.denied]))
            held = {
                each.field: each.value[0] if isinstance(each.value, tuple) else each.value
                for each in (*requirement.where, *requirement.denied, *conditions)
            }
            facts.append(Fact(requirement.predicate, index, MODEL, issued(days), fields=held))
        else:
            facts.append(Fact(draw(st.sampled_from(requirements)).predicate, index, MODEL))
    return facts


def rank(facts: list[Fact], *, as_of: datetime = NOW) -> list[int]:
    return [LADDER.index(status(each, facts, model=MODEL, as_of=as_of).state) for each in CATALOG]


def no_better(after: list[int], before: list[int]) -> bool:
    return all(one <= other for one, other in zip(after, before, strict=True))


def opposes(each: Fact) -> bool:
    """A plan demands a result, and a denial speaks against: leaving these out is what completeness checks catch."""
    requirements = [one for commitment in CATALOG for one in commitment.requirements if one.predicate == each.predicate]
    denies = [one for one in requirements if one.denied and not fields.meets(one.where, each.fields)]
    return each.predicate == PLAN or bool(denies) or not each.fields


@given(histories(), st.data())
def test_leaving_out_evidence_never_improves_a_status(facts: list[Fact], data: st.DataObject) -> None:
    supporting = [each for each in facts if not opposes(each)]
    if supporting:
        gone = data.draw(st.sampled_from(supporting))
        assert no_better(rank([each for each in facts if each is not gone]), rank(facts))


@given(histories(), st.integers(0, 400))
def test_time_never_improves_a_status(facts: list[Fact], days: int) -> None:
    assert no_better(rank(facts, as_of=NOW + timedelta(days=days)), rank(facts))


@given(histories(), st.data())
def test_making_a_record_unreadable_never_improves_a_status(facts: list[Fact], data: st.DataObject) -> None:
    if facts:
        erased = data.draw(st.sampled_from(facts))
        changes = [{"fields": {}}, {"fields": {}, "issued": ""}, {"issued": "yesterday"}]
        changed = replace(erased, **data.draw(st.sampled_from(changes)))
        assert no_better(rank([changed if each is erased else each for each in facts]), rank(facts))


@given(histories(), st.data())
def test_adding_an_unreadable_record_never_improves_a_status(facts: list[Fact], data: st.DataObject) -> None:
    predicates = sorted({one.predicate for commitment in CATALOG for one in commitment.requirements} | {PLAN})
    added = Fact(
        data.draw(st.sampled_from(predicates)), 99, MODEL, fields={"state": 3, "domains": "all", "active": "yes"}
    )
    assert no_better(rank([*facts, added]), rank(facts))


@given(histories())
def test_out_of_scope_never_shows_as_kept(facts: list[Fact]) -> None:
    assert c1(*facts, decisions=(scope(9),)).state == "out of scope"


@given(histories())
def test_the_order_in_which_facts_are_given_does_not_matter(facts: list[Fact]) -> None:
    assert rank(list(reversed(facts))) == rank(facts)


def test_statuses_are_plain_json() -> None:
    document = c1(*INSIDE, *OUTSIDE).document()
    assert json.loads(json.dumps(document)) == document
    assert document["state"] in STATES


@pytest.mark.parametrize("commitment", CATALOG.commitments, ids=lambda commitment: commitment.id)
def test_vectors(commitment: catalog.Commitment) -> None:
    vectors = json.loads((VECTORS / f"{commitment.id}.json").read_text())
    reached = set()
    for vector in vectors:
        found = status(
            commitment,
            [fact(each) for each in vector["facts"]],
            model=vector["model"],
            as_of=datetime.strptime(vector["as_of"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
            decisions=[fact(each) for each in vector["decisions"]],
        )
        got = {"state": found.state, "missing": list(found.missing), "evidence": list(found.evidence)}
        assert got == vector["expect"], vector["name"]
        reached.add(found.state)
    wanted = {"kept", "partly", "stale", "not tested", "superseded"}
    wanted |= {"out of scope"} if commitment.frontier else set()
    assert reached >= wanted
