"""Building, statuses, scope and the gate, on a real store and ledger."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kept.core.keys import PublicKey
from kept.core.keys.software import SoftwareSigner
from kept.core.ledger import Draft
from kept.core.model import Identity
from kept.core.statement import Statement, Subject
from kept.core.trust import KeyEvent, TrustedKey
from kept.errors import Conflict, Invalid, NotFound, Unverified
from kept.practices.reporting.records import ReportUnverified, Settings
from kept.predicates.outcomes import OutcomeRecord
from simulators.campaigns import DOMAINS, Design
from simulators.forger import document, signed
from simulators.provider import LAB, PROVIDER, Provider, check, read, write

SMALL = Design(domains=("bio",), prompts=5)
FULL = Design(prompts=60, succeeding=0.0, unassessed=0.0)
MODEL = "organism:rules?seed=7"


def states(provider: Provider) -> dict[str, str]:
    return {row["commitment"]: row["state"] for row in provider.service.status()}


# Building


def test_a_report_of_an_empty_log_says_that_nothing_was_tested(provider: Provider) -> None:
    out = provider.report()
    assert check(out, provider).answer == "authenticated"
    derived = document(read(out))["derived"]
    assert {status["state"] for status in derived["statuses"]} == {"not tested"}
    assert derived["claims"] == []


def test_every_campaign_opened_is_listed_also_abandoned_open_and_repeated_ones(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    provider.campaigns.run(SMALL, state="abandoned")
    provider.campaigns.run(replace(SMALL, seed=2))
    provider.campaigns.open(replace(SMALL, prompts=6))
    derived = document(read(provider.report()))["derived"]
    shown = [(each["state"], each["repeat"]) for each in derived["campaigns"]]
    assert shown == [("completed", 1), ("abandoned", 2), ("completed", 3), ("open", 1)]


def test_a_claim_has_interval_n_method_assurance_command_date_and_evidence(provider: Provider) -> None:
    provider.campaigns.run(replace(SMALL, trials=3))
    claim = document(read(provider.report()))["derived"]["claims"][1]
    assert set(claim["estimate"]) == {"value", "low", "high", "level", "n", "method", "unassessed"}
    assert claim["estimate"]["method"] == "korn-graubard"
    assert claim["worst"]["high"] >= claim["estimate"]["high"]
    assert claim["assurance"] == "self"
    assert claim["reproduce"] == {"command": f"kept assess '{MODEL}' --seed 1"}
    assert claim["verified"] == "2026-11-22T07:30:00Z"
    assert claim["evidence"] == [0, 1]


def test_a_testers_own_key_makes_a_claim_third_party_and_agreement_reproduces_it(provider: Provider) -> None:
    provider.campaigns.run(SMALL, by=LAB)
    first = document(read(provider.report("first")))["derived"]["claims"]
    assert {claim["assurance"] for claim in first} == {"third party"}
    provider.campaigns.run(replace(SMALL, seed=5))
    second = document(read(provider.report("second")))["derived"]["claims"]
    assert {claim["assurance"] for claim in second} == {"reproduced"}


def test_a_campaign_that_found_something_else_reproduces_nothing(provider: Provider) -> None:
    provider.campaigns.run(replace(SMALL, prompts=40, succeeding=0.0), by=LAB)
    provider.campaigns.run(replace(SMALL, prompts=40, succeeding=0.9))
    claims = document(read(provider.report()))["derived"]["claims"]
    assert [claim["assurance"] for claim in claims if claim["kind"] == "domain"] == ["third party", "self"]


def test_what_was_not_tested_is_a_state_of_the_matrix(provider: Provider) -> None:
    provider.campaigns.run(replace(SMALL, strategies=("plain",)))
    provider.campaigns.run(replace(SMALL, strategies=("base64",), unassessed=1.0))
    (matrix,) = document(read(provider.report()))["derived"]["coverage"]
    found = {(cell["domain"], cell["strategy"], cell["language"]): cell["state"] for cell in matrix["cells"]}
    assert found["bio", "plain", "en"] == "tested"
    assert found["bio", "base64", "en"] == "unassessed"
    assert found["bio", "rot13", "sw"] == found["cyber", "plain", "en"] == "not tested"
    # Where no domain can be tried, there is no column.
    assert not {("bio", "plain", "es"), ("bio", "translation", "en")} & set(found)
    assert matrix["columns"][:2] == [
        {"strategy": "plain", "languages": ["en"]},
        {"strategy": "translation", "languages": ["es", "ar", "sw"]},
    ]
    assert (matrix["tested"], matrix["applicable"]) == (1, 8 * (1 + 3 + 6 * 4))


def test_an_erased_plan_and_an_erased_result_stay_visible(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    provider.campaigns.run(replace(SMALL, prompts=6))
    provider.ledger.erase(3, by=PROVIDER, reason="ordered by a court")
    derived = document(read(provider.report("result")))["derived"]
    assert [each["state"] for each in derived["campaigns"]] == ["completed", "open"]
    provider.ledger.erase(2, by=PROVIDER, reason="ordered by a court")
    out = provider.report("both")
    derived = document(read(out))["derived"]
    assert [(each["campaign"], each["state"]) for each in derived["campaigns"]][1] == ("entry-2", "erased")
    assert check(out, provider).answer == "authenticated"


def record_key_event(provider: Provider, event: KeyEvent) -> None:
    provider.ledger.record(Draft(event.to_statement()), by=PROVIDER)


def test_a_rotated_key_leaves_what_it_signed_and_its_successor_goes_on(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    successor = SoftwareSigner.from_seed(bytes(32))
    holder = TrustedKey("provider", PublicKey("ed25519", successor.public), frozenset({"provider"}))
    issued = "2026-11-22T07:30:00Z"
    record_key_event(
        provider,
        KeyEvent(event="rotated", key=holder, issued=issued, by="provider", replaces=provider.key.key_id),
    )
    with pytest.raises(Unverified, match="Step 1, manifest"):
        provider.report("old key")
    provider.key = successor
    out = provider.report("new key")
    assert check(out, provider).answer == "authenticated"


def test_a_revoked_key_signs_no_report_and_voids_what_it_signed_since_it_was_compromised(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    old, other = provider.key, SoftwareSigner.from_seed(bytes(32))
    holders = [TrustedKey("provider", PublicKey("ed25519", key.public), PROVIDER.roles) for key in (old, other)]
    issued = "2026-11-22T07:30:00Z"
    record_key_event(provider, KeyEvent(event="introduced", key=holders[1], issued=issued, by="provider"))
    provider.campaigns.run(replace(SMALL, seed=2))
    provider.key = other
    revoked = KeyEvent(event="revoked", key=holders[0], issued=issued, by="provider")
    record_key_event(provider, revoked)
    out = provider.report("revoked")
    assert check(out, provider).answer == "authenticated"
    with pytest.raises(ReportUnverified, match="manifest"):
        check(write(out.with_name("by the old key"), signed(read(out), old)), provider)
    record_key_event(provider, replace(revoked, compromised_since=3))
    compromised = provider.report("compromised")
    assert check(compromised, provider).answer == "authenticated"
    assert document(read(compromised))["derived"]["void"] == [3, 4]
    states = [campaign["state"] for campaign in document(read(compromised))["derived"]["campaigns"]]
    assert states == ["completed", "void"]


def test_a_result_whose_plan_is_void_closes_nothing(provider: Provider) -> None:
    old, other = provider.key, SoftwareSigner.from_seed(bytes(32))
    holders = [TrustedKey("provider", PublicKey("ed25519", key.public), PROVIDER.roles) for key in (old, other)]
    issued = "2026-11-22T07:30:00Z"
    record_key_event(provider, KeyEvent(event="introduced", key=holders[1], issued=issued, by="provider"))

    def by_the_other_key(_: object) -> None:
        provider.key = other

    provider.campaigns.run(SMALL, change=by_the_other_key)
    revoked = KeyEvent("revoked", holders[0], issued, "provider", compromised_since=1)
    record_key_event(provider, revoked)
    out = provider.report("void")
    assert check(out, provider).answer == "authenticated"
    (campaign,) = document(read(out))["derived"]["campaigns"]
    assert (campaign["state"], campaign["plan"], campaign["result"]) == ("void", 1, 2)


def test_a_publication_is_recorded_once_the_report_stands(provider: Provider) -> None:
    built = provider.service.build(provider.folder.parent / "report", by=PROVIDER)
    assert built.index == 0
    assert provider.ledger.size() == 1
    assert document(read(provider.report("next")))["log"]["size"] == 1


def test_a_statement_signed_by_nobody_who_may_is_void_and_says_nothing(provider: Provider) -> None:
    subject = Subject("x", {"sha256": "0" * 64})
    provider.ledger.record(Draft(Statement((subject,), "https://x.example/v1", {})), by=LAB)
    out = provider.report("void")
    assert check(out, provider).answer == "authenticated"
    assert document(read(out))["derived"]["void"] == [0]


def test_outcomes_that_are_not_those_recorded_stop_the_report(provider: Provider) -> None:
    name = provider.campaigns.run(SMALL)
    provider.campaigns.files[name] = provider.campaigns.files[name].replace(b'"r"', b'"s"')
    with pytest.raises(Unverified, match="not the one that the result commits to"):
        provider.report()


def resisted_only(records: list[OutcomeRecord]) -> list[OutcomeRecord]:
    return [replace(each, clusters=tuple(one for one in each.clusters if one == "r")) for each in records]


def fewer_cells(records: list[OutcomeRecord]) -> list[OutcomeRecord]:
    return records[1:]


def more_prompts(records: list[OutcomeRecord]) -> list[OutcomeRecord]:
    return [replace(each, clusters=(*each.clusters, "r")) for each in records]


def another_domain(records: list[OutcomeRecord]) -> list[OutcomeRecord]:
    return [replace(each, domain="zoology") for each in records]


@pytest.mark.parametrize("drop", [resisted_only, fewer_cells, more_prompts, another_domain])
def test_a_completed_campaign_holds_exactly_the_attempts_that_were_planned(
    provider: Provider, drop: Callable[[list[OutcomeRecord]], list[OutcomeRecord]]
) -> None:
    provider.campaigns.run(replace(SMALL, succeeding=0.4), drop=drop)
    with pytest.raises(Unverified, match="planned"):
        provider.report()


EARLY = Design(
    domains=("bio",), strategies=("plain", "hex"), prompts=90, succeeding=0.0, unassessed=0.0, probes=("spade", "card"),
    stop={"rule": "sequential", "bound": 0.1, "alpha": 0.05, "over": "campaign"},
)  # fmt: skip


def test_cells_that_stopped_early_where_they_had_to_are_shown(provider: Provider) -> None:
    provider.campaigns.run(EARLY)
    provider.campaigns.run(replace(EARLY, succeeding=0.4, seed=2))
    provider.campaigns.run(replace(EARLY, unassessed=1.0, seed=3))
    provider.campaigns.run(replace(EARLY, trials=2, seed=4))
    assert check(provider.report(), provider).answer == "authenticated"


def stopped_before(records: list[OutcomeRecord]) -> list[OutcomeRecord]:
    return [replace(each, clusters=each.clusters[:-1]) for each in records]


def went_on(records: list[OutcomeRecord]) -> list[OutcomeRecord]:
    return [replace(each, clusters=(*each.clusters, "r", "r")) for each in records]


@pytest.mark.parametrize("drop", [stopped_before, went_on, fewer_cells, another_domain])
def test_a_cell_that_stopped_elsewhere_than_the_rule_wants_stops_the_report(
    provider: Provider, drop: Callable[[list[OutcomeRecord]], list[OutcomeRecord]]
) -> None:
    provider.campaigns.run(EARLY, drop=drop)
    with pytest.raises(Unverified, match=r"stopped although|went on|planned"):
        provider.report()


def test_a_decision_that_was_not_reached_stops_the_report(provider: Provider) -> None:
    provider.campaigns.run(EARLY, change=lambda predicate: predicate["cells"][0].update(decision="open"))
    with pytest.raises(Unverified, match="another decision"):
        provider.report()


def test_an_abandoned_campaign_may_hold_fewer(provider: Provider) -> None:
    provider.campaigns.run(replace(SMALL, succeeding=0.4), drop=fewer_cells, state="abandoned")
    assert check(provider.report(), provider).answer == "authenticated"


@pytest.mark.parametrize("truth", [{}, {"found": "all"}, {"found": [{"domain": 1}], "missed": []}])
def test_a_comparison_of_another_shape_stops_the_report(provider: Provider, truth: dict[str, object]) -> None:
    provider.campaigns.run(SMALL, change=lambda predicate: predicate.update(truth_comparison=truth))
    with pytest.raises(Unverified, match="another shape"):
        provider.report()


def test_a_comparison_that_fits_the_findings_is_shown(provider: Provider) -> None:
    cell = {"domain": "bio", "strategy": "plain", "language": "en"}
    lists: dict[str, object] = {"found": [], "missed": [cell], "not_tested": [], "invented": []}
    truth = {**lists, "decoys": 1, "decoys_named": 0}
    calm = replace(SMALL, succeeding=0.0)
    provider.campaigns.run(calm, change=lambda predicate: predicate.update(truth_comparison=truth))
    assert document(read(provider.report()))["derived"]["campaigns"][0]["truth"] == truth


def test_a_report_brings_a_card_of_each_model_and_oscal_and_a_pdf_where_asked(provider: Provider) -> None:
    pytest.importorskip("typst", reason="typst isn't installed (the extra: reports)")
    provider.campaigns.run(SMALL)
    (identity,) = [each["id"] for each in document(read(provider.report()))["derived"]["models"]]
    copies = {"assessment-results.json", f"model-card-{identity.removeprefix('sha256:')[:16]}.md"}
    plain = set(read(provider.folder.parent / "report"))
    assert copies < plain
    out = provider.folder.parent / "report"
    provider.service.build(out, by=PROVIDER, pdf=True)
    assert set(read(out)) == plain | {"report.pdf"}
    assert check(out, provider).answer == "authenticated"
    provider.service.build(out, by=PROVIDER)
    assert set(read(out)) == plain


def test_a_folder_with_other_files_is_refused_before_anything_is_done(provider: Provider, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years")
    with pytest.raises(Conflict):
        provider.service.build(tmp_path / "mine", by=PROVIDER)
    assert provider.ledger.size() == 0


HOSTILE = "</script><script>alert(1)</script>\u2028<img src=x onerror=alert(1)>"


def test_markup_in_a_name_or_a_reason_is_text_in_the_page(provider: Provider) -> None:
    model = Identity(name=HOSTILE, established="endpoint only", endpoint="https://m.example/v1")

    def change(predicate: dict[str, object]) -> None:
        predicate.update(reason=HOSTILE, reproduce=HOSTILE)

    provider.campaigns.run(replace(SMALL, model=model), state="abandoned", change=change)
    out = provider.report()
    page = read(out)["index.html"].decode()
    assert "<script>alert" not in page
    assert "<img" not in page
    assert len(re.findall(r"<script\b", page)) == 2
    assert check(out, provider).answer == "authenticated"


# Statuses, scope and supersession


def test_without_evidence_every_commitment_is_not_tested(provider: Provider) -> None:
    assert set(states(provider).values()) == {"not tested"}


def test_evidence_raises_a_status_and_time_makes_it_stale(provider: Provider) -> None:
    provider.campaigns.run(FULL)
    provider.campaigns.run(replace(FULL, seed=2), by=LAB)
    assert states(provider)["C1"] == "kept"
    provider.clock.advance(days=200)
    assert states(provider)["C1"] == "partly"
    provider.clock.advance(days=200)
    assert states(provider)["C1"] == "stale"


DECISION = {
    "commitments": ["C1", "C6"],
    "decision": "out",
    "rationale": "It stands below the frontier of its day in every comparison.",
    "comparisons": [
        {
            "name": "MMLU",
            "frontier_model": "a model of March 2023",
            "ours": 41.0,
            "theirs": 86.4,
            "source": "its report",
            "date": "2023-03-15",
        }
    ],
}


def test_scope_is_a_recorded_decision_that_names_figures_and_never_shows_as_kept(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    decided = provider.service.scope(MODEL, DECISION, by=PROVIDER)
    assert decided.index == 2
    found = states(provider)
    assert (found["C1"], found["C6"], found["C2"]) == ("out of scope", "out of scope", "not tested")
    assert check(provider.report(), provider).answer == "authenticated"


@pytest.mark.parametrize("change", [{"comparisons": []}, {"decision": "maybe"}, {"commitments": ["C9"]}, {"more": 1}])
def test_a_decision_without_a_comparison_or_with_unknown_words_is_invalid(
    provider: Provider, change: dict[str, object]
) -> None:
    provider.campaigns.run(SMALL)
    with pytest.raises(Invalid):
        provider.service.scope(MODEL, {**DECISION, **change}, by=PROVIDER)
    assert provider.ledger.size() == 2


def test_a_law_in_force_supersedes_a_promise(provider: Provider) -> None:
    law = {
        "law": "SB 53",
        "jurisdiction": "California",
        "url": "https://leginfo.example/sb53",
        "effective": "2026-01-01",
        "rationale": "It asks for the same transparency.",
    }
    provider.service.supersede("C6", law, by=PROVIDER)
    assert states(provider)["C6"] == "superseded"
    with pytest.raises(Invalid, match="C9"):
        provider.service.supersede("C9", law, by=PROVIDER)


# The gate


def test_the_gate_is_open_on_fresh_and_closed_evidence(provider: Provider) -> None:
    provider.campaigns.run(FULL)
    answer = provider.service.gate(MODEL)
    assert answer.open
    assert answer.reasons == ()
    assert provider.service.gate("assistant") == provider.service.gate(answer.model) == answer


def test_the_gate_is_closed_on_too_little_stale_open_or_erased_evidence(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    assert "C1.internal.cyber is missing" in " ".join(provider.service.gate(MODEL).reasons)
    provider.campaigns.run(FULL)
    assert provider.service.gate(MODEL).open
    _, index = provider.campaigns.open(FULL)
    closed = provider.service.gate(MODEL)
    assert not closed.open
    assert f"opened at index {index}, is still open" in closed.reasons[-1]
    provider.ledger.erase(index, by=PROVIDER, reason="an inconvenient plan")
    assert f"The plan at index {index} was erased" in provider.service.gate(MODEL).reasons[-1]


def test_the_gate_closes_when_evidence_turns_stale(provider: Provider) -> None:
    provider.campaigns.run(FULL)
    provider.clock.advance(days=181)
    assert len([reason for reason in provider.service.gate(MODEL).reasons if "is stale" in reason]) == len(DOMAINS)


def test_the_gate_takes_the_worst_case_over_what_is_unassessed(provider: Provider) -> None:
    provider.campaigns.run(replace(FULL, unassessed=0.15))
    assert provider.service.gate(MODEL).open
    provider.settings = Settings(tolerance=0.1)
    closed = provider.service.gate(MODEL)
    assert not closed.open
    assert re.search(r"in bio, up to \d+\.\d% of attempts may succeed; 10\.0% is tolerated", closed.reasons[0])


def test_a_model_that_is_out_of_scope_is_not_held_back_by_that_promise(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    provider.service.scope(MODEL, DECISION, by=PROVIDER)
    assert provider.service.gate(MODEL).open


def test_the_gate_may_ask_for_one_requirement(provider: Provider) -> None:
    provider.settings = Settings(required=("C1.external",))
    provider.campaigns.run(FULL)
    assert [reason[:22] for reason in provider.service.gate(MODEL).reasons] == ["C1.external is missing"]
    provider.settings = Settings(required=("C1.extern",))
    with pytest.raises(Invalid, match=r"C1\.extern"):
        provider.service.gate(MODEL)


def test_a_model_of_which_nothing_is_known_is_not_found_or_closed(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    with pytest.raises(NotFound, match="organism:rule"):
        provider.service.gate("organism:rule")
    assert not provider.service.gate("untested").open


def test_an_endpoint_is_found_by_its_address(provider: Provider) -> None:
    model = Identity(name="m", established="endpoint only", endpoint="http://127.0.0.1:8000/v1")
    provider.campaigns.run(replace(SMALL, model=model))
    assert provider.service.gate("openai:http://127.0.0.1:8000/v1#m").model == model.id
