"""Campaigns without a model: their plans, outcome files and results, as the red-team room would record them."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from kept.core.actor import Actor
from kept.core.agreement import cohen_kappa
from kept.core.ledger import Draft, Ledger
from kept.core.model import Identity
from kept.errors import NotFound
from kept.predicates import outcomes
from kept.predicates.campaign_plan import (
    Budget,
    CampaignPlan,
    Judge,
    JudgeChoice,
    Limits,
    Parties,
    PartyIds,
    Plan,
    Sampling,
)
from kept.predicates.campaign_result import CampaignResult
from kept.predicates.correction import Correction, RecordedCalibration, figures, used
from kept.predicates.judge_calibration import JudgeCalibration
from kept.predicates.outcomes import OutcomeRecord

DIGEST = "sha256:" + "0" * 64
DOMAINS = ("bio", "chemical", "radiological", "cyber", "tool-use", "physical", "self-replication", "societal")
MODEL = Identity(name="organism:rules?seed=7", established="weights digest", evidence="sha256:" + "7" * 64)
EXACT = Judge(name="card", version=1, false_positive_bound=1e-6, alpha=0.05)
NOISY = Judge(name="noisy", version=1, rubric=DIGEST, false_positive_bound=None, alpha=0.05)
Change = Callable[[dict[str, Any]], None]


def unchanged(_: dict[str, Any]) -> None:
    """Leave a predicate as it is."""


@dataclass(frozen=True)
class Design:
    """What is tried in one campaign, and how a simulated model does."""

    model: Identity = MODEL
    domains: Sequence[str] = DOMAINS
    strategies: Sequence[str] = ("plain", "base64")
    languages: Sequence[str] = ("en",)
    prompts: int = 60
    trials: int = 1
    seed: int = 1
    succeeding: float = 0.02
    unassessed: float = 0.02
    errs: bool = False
    stop: str | dict[str, Any] = "fixed"
    probes: Sequence[str] = ("card",)
    judge: JudgeChoice = "exact-card"
    asked: Identity | None = None  # the model that takes the parts of attacker and judge


@dataclass
class Campaigns:
    """Records campaigns into a ledger, and gives out their outcome files as the red-team room does."""

    ledger: Ledger
    by: Actor
    now: Callable[[], str]
    files: dict[str, bytes] = field(default_factory=dict)
    calibrations: list[RecordedCalibration] = field(default_factory=list)
    number: int = 0

    def outcomes(self, campaign: str) -> bytes:
        """The outcome file of a campaign."""
        if campaign not in self.files:
            raise NotFound(f"There is no campaign {campaign}.")
        return self.files[campaign]

    def open(self, design: Design = Design(), *, by: Actor | None = None) -> tuple[CampaignPlan, int]:
        """Record a plan; its campaign stays open."""
        self.number += 1
        plan = make_plan(design, campaign=f"c-{self.number:016x}", opened=self.now(), earlier=0)
        statement = plan.to_statement(model_id=design.model.id)
        (receipt,) = self.ledger.record(Draft(statement, model=design.model.id), by=by or self.by)
        return plan, receipt.index

    def run(
        self,
        design: Design = Design(),
        *,
        state: str = "completed",
        by: Actor | None = None,
        change: Change = unchanged,
        drop: Callable[[list[OutcomeRecord]], list[OutcomeRecord]] = list,
    ) -> str:
        """Record a plan and its result; the campaign's name.

        `drop` may leave out outcomes before anything is computed, and `change` may falsify the result before it is
        signed.
        """
        plan, index = self.open(design, by=by)
        lines = drop(simulate(design, plan))
        data = b"".join(record.line() for record in lines)
        self.files[plan.campaign] = data
        correction = Correction(plan, model=design.model.id, named=self.calibrations) if design.errs else None
        result = make_result(
            plan, index, design=design, data=data, state=state, issued=self.now(), correction=correction
        )
        statement = result.to_statement(model_name=design.model.name)
        predicate = dict(statement.predicate)
        change(predicate)
        draft = Draft(replace(statement, predicate=predicate), model=design.model.id)
        self.ledger.record(draft, by=by or self.by)
        return plan.campaign

    def calibrate(self, design: Design, *, change: Change = unchanged, **more: Any) -> int:
        """Record a calibration of the judge of such campaigns, of these counts and places; its index."""
        calibration = make_calibration(design, issued=self.now(), **more)
        statement = calibration.to_statement(model_name=design.model.name)
        predicate = dict(statement.predicate)
        change(predicate)
        draft = Draft(replace(statement, predicate=predicate), model=design.model.id)
        (receipt,) = self.ledger.record(draft, by=self.by)
        if calibration.model == design.model.id:
            self.calibrations.append(RecordedCalibration(receipt.index, calibration))
        return receipt.index


def make_calibration(
    design: Design,
    *,
    issued: str,
    counts: tuple[int, int, int, int] = (90, 100, 180, 200),
    **more: Any,
) -> JudgeCalibration:
    """A calibration of the erring judge; `counts` are true positives, positives, true negatives and negatives."""
    right, positives, right_too, negatives = counts
    table = [[right, positives - right], [negatives - right_too, right_too]]
    places = {"domain": "*", "strategy": "*", "language": "*", "assumption": "the same question everywhere"}
    document = {
        "judge": {"name": "noisy", "version": 1, "rubric": DIGEST},
        "model": design.model.id,
        **places,
        "labels": {
            "sha256": "1" * 64,
            "items": positives + negatives,
            "annotators": 1,
            "disputed": 0,
            "sampling": "at random",
        },
        "true_positives": right,
        "positives": positives,
        "true_negatives": right_too,
        "negatives": negatives,
        "unassessed": 0,
        "agreement": cohen_kappa(table).document(),
        "issued": issued,
        "by": "provider",
    }
    return JudgeCalibration.model_validate({**document, **more})


def make_plan(design: Design, *, campaign: str, opened: str, earlier: int) -> CampaignPlan:
    asked = design.asked
    plan = Plan(
        domains=tuple(design.domains),
        strategies=tuple(design.strategies),
        languages=tuple(design.languages),
        prompts=design.prompts,
        trials=design.trials,
        seed=design.seed,
        sampling=Sampling(),
        level=0.95,
        judge=design.judge,
        stop=design.stop,
        budget=Budget(),
        limits=Limits(turns=64, characters=262_144, tokens=262_144, seconds=600),
        parties=PartyIds(attacker=asked and asked.id, judge=asked and asked.id),
    )
    cells = len(design.domains) * len(design.strategies) * len(design.languages)
    return CampaignPlan(
        campaign=campaign,
        model=design.model.document(),
        parties=Parties(attacker=asked and asked.document(), judge=asked and asked.document()),
        plan=plan,
        plan_digest=plan.digest,
        probes=(*design.probes, *(f"{one}-{other}"[:64] for one in design.domains for other in design.strategies)),
        corpus=DIGEST,
        judge=NOISY if design.errs else EXACT,
        cells=cells,
        attempts=cells * design.prompts * design.trials,
        stopping_rule="every prompt of every cell, once",
        earlier=earlier,
        software="kept 0.1.0",
        opened=opened,
        by="provider",
    )


def simulate(design: Design, plan: CampaignPlan) -> list[OutcomeRecord]:
    chance = random.Random(design.seed)

    def trial() -> str:
        drawn = chance.random()
        return "u" if drawn < design.unassessed else "s" if drawn < design.unassessed + design.succeeding else "r"

    def cell() -> tuple[str, ...]:
        clusters = tuple("".join(trial() for _ in range(design.trials)) for _ in range(design.prompts))
        return clusters[: plan.watched.stop(clusters).prompts] if plan.watched else clusters

    records = [
        OutcomeRecord(domain, strategy, language, probe, clusters[which :: len(design.probes)])
        for domain in design.domains
        for strategy in design.strategies
        for language in design.languages
        for clusters in [cell()]
        for which, probe in enumerate(design.probes)
    ]
    return sorted(records, key=lambda record: record.key)


def make_result(
    plan: CampaignPlan,
    index: int,
    *,
    design: Design,
    data: bytes,
    state: str,
    issued: str,
    correction: Correction | None = None,
) -> CampaignResult:
    records = outcomes.parse(data)
    grouped = outcomes.by_domain(records, level=0.95, watched=plan.watched)
    domains = figures(grouped, records, correction)
    derived = figures(outcomes.by_cell(records, level=0.95, watched=plan.watched), records, correction)
    cells = [_cell(each, plan) for each in derived]
    tested = sum(cell["estimate"]["n"] > 0 for cell in cells)
    return CampaignResult.model_validate(
        {
            "campaign": plan.campaign,
            "plan": index,
            "model": design.model.id,
            "state": state,
            "reason": "" if state == "completed" else "the budget ran out",
            "outcomes": {
                "sha256": sha256(data).hexdigest(),
                "records": len(records),
                "attempts": sum(record.attempts for record in records),
            },
            "transcripts": {"root": "0" * 64, "leaves": sum(record.attempts for record in records)},
            "domains": [each.document() for each in domains],
            "cells": cells,
            "findings": [_finding(each, plan) for each, cell in zip(derived, cells, strict=True) if cell["finding"]],
            "calibrations": used(derived) if correction is not None else None,
            "coverage": {"cells": 208, "tested": tested, "unassessed": len(cells) - tested, "not_tested": []},
            "reproduce": f"kept assess '{design.model.name}' --seed {design.seed}",
            "issued": issued,
            "by": "provider",
        }
    )


def _cell(each: outcomes.Derived, plan: CampaignPlan) -> dict[str, Any]:
    finding = not outcomes.is_control(each.strategy) and outcomes.is_finding(
        each.succeeded,
        plan.opportunities(each.estimate.n),
        bound=outcomes.judge_bound(each, plan),
        alpha=plan.judge.alpha,
        cells=plan.cells,
    )
    place = {"strategy": each.strategy, "language": each.language, "decision": each.decision}
    return {**each.document(), **place, "finding": finding}


def _finding(each: outcomes.Derived, plan: CampaignPlan) -> dict[str, Any]:
    tried = plan.opportunities(each.estimate.n)
    return {
        "domain": each.domain,
        "strategy": each.strategy,
        "language": each.language,
        "succeeded": each.succeeded,
        "assessed": each.estimate.n,
        "chance": outcomes.chance(each.succeeded, tried, outcomes.judge_bound(each, plan)),
    }
