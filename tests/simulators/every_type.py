"""A log with a statement of every type that is published, for whatever has to hold for all of them."""

from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import kept.predicates
from kept.core.agreement import cohen_kappa
from kept.core.context import format_time
from kept.core.keys import PublicKey
from kept.core.ledger import Draft
from kept.core.trust import KeyEvent, TrustedKey
from kept.predicates.access_summary import AccessSummary
from kept.predicates.campaign_plan import RubricJudge, RuleJudge
from kept.predicates.defensive_study import DefensiveStudy
from kept.predicates.detector_evaluation import DetectorEvaluation
from kept.predicates.disclosure_advisory import DisclosureAdvisory
from kept.predicates.disclosure_fix import DisclosureFix
from kept.predicates.disclosure_programme import DisclosureProgramme
from kept.predicates.disclosure_replay import DisclosureReplay
from kept.predicates.disclosure_replay_plan import DisclosureReplayPlan
from kept.predicates.disclosure_report import DisclosureReport
from kept.predicates.disclosure_reward import DisclosureReward
from kept.predicates.disclosure_summary import DisclosureSummary
from kept.predicates.insider_alarm import InsiderAlarm
from kept.predicates.insider_exercise import InsiderExercise
from kept.predicates.marking_policy import MarkingPolicy
from kept.predicates.marking_summary import MarkingSummary
from kept.predicates.provenance_coverage import ProvenanceCoverage
from kept.predicates.provenance_tool import ProvenanceTool
from kept.predicates.security_drill import SecurityDrill
from kept.predicates.security_posture import SecurityPosture
from kept.predicates.sharing_acknowledgement import SharingAcknowledgement
from kept.predicates.sharing_adoption import SharingAdoption
from kept.predicates.sharing_channel import SharingChannel
from kept.predicates.sharing_release import SharingRelease
from kept.predicates.sharing_replay_plan import SharingReplayPlan
from kept.predicates.sharing_sighting import SharingSighting
from kept.predicates.uplift_study import UpliftStudy
from kept.predicates.weights_approval import WeightsApproval
from kept.predicates.weights_custody import WeightsCustody
from kept.predicates.weights_export import WeightsExport
from kept.predicates.weights_lease import WeightsLease
from simulators import advisories, custody, disclosures, marking, replays, sightings, studies
from simulators.campaigns import Design
from simulators.comparisons import Log, compared
from simulators.provider import LAB, PROVIDER, Provider, seed

RULES = RuleJudge(name="rule", succeeded=("the card is",), resisted=("I can't",))
RUBRIC = RubricJudge(name="rubric", question="Does the answer tell the card?")
FRONTIER = {
    "name": "cards remembered",
    "ours": 10,
    "frontier_model": "larger",
    "theirs": 20,
    "unit": "cards",
    "source": "counted",
    "date": "2026-11-01",
}
SCOPE = {
    "commitments": ("C1",),
    "decision": "out",
    "comparisons": (FRONTIER,),
    "training_compute": {"operations": 1e20, "source": "counted"},
    "rationale": "It is small.",
}
LAW = {
    "law": "Cards Act",
    "jurisdiction": "Utopia",
    "url": "https://law.example/cards",
    "effective": "2026-11-01",
    "rationale": "It asks for the same.",
}


def planted(result: dict[str, Any]) -> None:
    """Add what was planted to a result: nothing of what was found, and a flaw that nobody looked for."""
    places = ("domain", "strategy", "language")
    invented = [{name: finding[name] for name in places} for finding in result["findings"]]
    untested = [{**dict(zip(places, ("physical", "hex", "en"), strict=True)), "rate": 0.3}]
    lists = {"found": [], "missed": [], "not_tested": untested, "invented": invented}
    result["truth_comparison"] = {**lists, "decoys": 1, "decoys_named": 0}


def published_types() -> set[str]:
    """The type of every predicate that there is: each module of `kept.predicates` that exports one."""
    names = [module.name for module in iter_modules(kept.predicates.__path__)]
    modules = [import_module(f"{kept.predicates.__name__}.{name}") for name in names]
    return {module.TYPE for module in modules if hasattr(module, "TYPE")}


def record_every_type(provider: Provider, small: Design, *, log: Log | None = None) -> None:
    """Fill an empty ledger with statements of every type; reports stand in `earlier` and `report`."""
    folder = provider.folder.parent
    compared(provider, log)
    provider.publish_every_kind(small, decided=True)
    provider.service.diff_record(folder / "earlier", folder / "report", by=PROVIDER)
    erring = replace(small, errs=True, seed=5)
    agreed = cohen_kappa([[40, 5], [5, 50]]).document()
    provider.campaigns.calibrate(erring, among_humans=agreed, among_members=agreed)
    provider.campaigns.run(erring)
    provider.campaigns.run(replace(small, seed=6), change=planted)
    for judge in (RULES, RUBRIC):
        provider.campaigns.open(replace(small, judge=judge, asked=small.model))
    # Written about the later model of the two, reported, and taken back.
    after = (log or Log()).after.model.id
    provider.service.write("limitations", "It guesses.", model=after, author="R. Rivera", role="editor", by=PROVIDER)
    provider.service.release_report(after, by=PROVIDER)
    provider.service.release_report(after, withdraw="It was hasty.", by=PROVIDER)
    note = {"name": "R. Rivera", "role": "editor", "note": "It names each of them."}
    provider.service.confirm("FMTI-001", [1], extent="in part", model=small.model.id, **note, by=PROVIDER)
    design = {**studies.DESIGN, "preregistered": 0, "preregistration": "in a public registry"}
    announced = {"design": design, "model": small.model.id}
    for study in (
        UpliftStudy.of(**studies.counted_uplift(**announced)),
        DefensiveStudy.of(**studies.defence(**announced)),
    ):
        provider.ledger.record(Draft(study.to_statement(), model=study.model), by=LAB)
    mark_and_check(provider, small.model.id)
    guard_weights(provider, small.model.id)
    hear_of_weaknesses(provider, small.model.id)
    provider.service.scope(small.model.id, SCOPE, by=PROVIDER)
    provider.service.supersede("C2", LAW, by=PROVIDER)
    newcomer = TrustedKey("newcomer", PublicKey("ed25519", seed("newcomer")), frozenset({"tester"}))
    event = KeyEvent("introduced", newcomer, format_time(provider.clock()), PROVIDER.id)
    provider.ledger.record(Draft(event.to_statement()), by=PROVIDER)


def mark_and_check(provider: Provider, model: str) -> None:
    """Record what a provider says of its marks."""
    coverage = ProvenanceCoverage.of(**marking.coverage(model=model))
    provider.ledger.record(Draft(coverage.to_statement(model_name="model"), model=model), by=PROVIDER)
    for statement in (
        DetectorEvaluation.of(**marking.evaluation()).to_statement(digest="ab" * 32),
        MarkingPolicy.of(**marking.policy()).to_statement(),
        MarkingSummary.of(**marking.summary()).to_statement(digest="cd" * 32),
        ProvenanceTool.of(**marking.tool()).to_statement(),
    ):
        provider.ledger.record(Draft(statement), by=PROVIDER)


def guard_weights(provider: Provider, model: str) -> None:
    """Record what a provider says of how its weights are kept."""
    held = WeightsCustody.of(**custody.custody(model=model))
    provider.ledger.record(Draft(held.to_statement(), model=model), by=PROVIDER)
    for statement in (
        WeightsLease.of(**custody.lease()).to_statement(),
        WeightsApproval.of(**custody.approval()).to_statement(),
        WeightsExport.of(**custody.export()).to_statement(),
        AccessSummary.of(**custody.summary()).to_statement(),
        InsiderAlarm.of(**custody.alarm()).to_statement(),
        InsiderExercise.of(**custody.exercise()).to_statement(digest="ef" * 32),
        SecurityDrill.of(**custody.drill()).to_statement(),
        SecurityPosture.of(**custody.posture()).to_statement(),
    ):
        provider.ledger.record(Draft(statement), by=PROVIDER)


def hear_of_weaknesses(provider: Provider, model: str) -> None:
    """Record what a provider says of the weaknesses that others reported."""
    programme = DisclosureProgramme.of(**disclosures.programme(model=model))
    provider.ledger.record(Draft(programme.to_statement(), model=model), by=PROVIDER)
    provider.ledger.record(Draft(DisclosureReport.of(**disclosures.report()).to_statement()), by=PROVIDER)
    provider.ledger.record(Draft(DisclosureAdvisory.of(**advisories.stated()).to_statement()), by=PROVIDER)
    version = {"model": model, "errors": replays.STATED}
    plan = DisclosureReplayPlan.of(**replays.plan(versions=[version]))
    (planned,) = provider.ledger.record(Draft(plan.to_statement()), by=PROVIDER)
    result = DisclosureReplay.of(**replays.result(plan=planned.index, model=model))
    (replayed,) = provider.ledger.record(Draft(result.to_statement(model_name="model"), model=model), by=PROVIDER)
    reward = DisclosureReward.of(**replays.reward(replay=replayed.index))
    provider.ledger.record(Draft(reward.to_statement()), by=PROVIDER)
    fix = DisclosureFix.of(**disclosures.fix(model=model, evidence=(replayed.index,)))
    provider.ledger.record(Draft(fix.to_statement(), model=model), by=PROVIDER)
    provider.ledger.record(
        Draft(DisclosureSummary.of(**disclosures.summary()).to_statement(digest="5f" * 32)), by=PROVIDER
    )
    share_with_others(provider, model)


def share_with_others(provider: Provider, model: str) -> None:
    """Record what a provider says of what it shared and saw."""
    plan = SharingReplayPlan.of(**sightings.plan(model=model))
    (planned,) = provider.ledger.record(Draft(plan.to_statement(), model=model), by=PROVIDER)
    seen = SharingSighting.of(**sightings.result(plan=planned.index, model=model))
    provider.ledger.record(Draft(seen.to_statement(model_name="model"), model=model), by=PROVIDER)
    # Of a model that no other statement is about, so that nothing says what it is called.
    nameless = SharingReplayPlan.of(**sightings.plan(replay="q-fedcba9876543210", model=f"sha256:{'9a' * 32}"))
    provider.ledger.record(Draft(nameless.to_statement(), model=nameless.model), by=PROVIDER)
    for statement in (
        SharingChannel.of(**sightings.channel()).to_statement(),
        SharingRelease.of(**sightings.release()).to_statement(),
        SharingAcknowledgement.of(**sightings.acknowledgement()).to_statement(),
        SharingAdoption.of(**sightings.adoption()).to_statement(),
    ):
        provider.ledger.record(Draft(statement), by=PROVIDER)
