"""The verbs of the red-team room."""

import shlex
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import Any

from kept.core.actor import Actor
from kept.core.assessment import Assessed, Progress, silent
from kept.core.canonical import encode
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.core.model import Identity, Model, Sampling
from kept.errors import Conflict, Invalid, NotFound
from kept.practices.red_team.methods.cells import cells, probe_ids
from kept.practices.red_team.methods.findings import false_alarms
from kept.practices.red_team.methods.plans import (
    PARTY_KEYS,
    attempts,
    default_section,
    read_parties,
    read_plan,
    stopping_rule,
)
from kept.practices.red_team.methods.play import Party
from kept.practices.red_team.methods.probes import every_probe
from kept.practices.red_team.methods.prompts import corpus_digest
from kept.practices.red_team.methods.schedule import Schedule, Stepped
from kept.practices.red_team.methods.worlds import WORLDS
from kept.practices.red_team.records import Settings
from kept.practices.red_team.service import calibrating, parties
from kept.practices.red_team.service.archive import Archive, Campaign, close_row, open_row
from kept.practices.red_team.service.campaign import Loop
from kept.practices.red_team.service.closing import Close, close
from kept.practices.red_team.service.episodes import wrongs
from kept.practices.red_team.service.external import External
from kept.practices.red_team.service.foreign import Foreign
from kept.practices.red_team.service.judging import Judging
from kept.practices.red_team.service.measuring import Measuring
from kept.practices.red_team.service.parties import Cast
from kept.practices.red_team.service.releases import Releases
from kept.practices.red_team.service.replaying import Replaying
from kept.predicates import campaign_plan
from kept.predicates.campaign_plan import CampaignPlan, Plan
from kept.predicates.campaign_result import CampaignResult
from kept.predicates.correction import errs


class Service(External, Foreign, Measuring, Judging, Releases, Replaying):
    """Runs campaigns, resumes them, closes them, gives out what they found, and compares releases."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings: Settings = context.settings or Settings()
        self._archive = Archive(context.store)

    def check(self, section: Mapping[str, Any]) -> None:
        """Raises Invalid when a plan's section asks for what this room can't do."""
        read_plan(section, sampling=Sampling())
        read_parties(section)

    async def run(
        self,
        address: str,
        *,
        by: Actor,
        section: Mapping[str, Any] | None = None,
        progress: Progress = silent,
    ) -> Assessed:
        """Open the model at `address`, assess it by a plan's section (the default one), and close it."""
        section = section or {}
        self.check(section)
        sampling = read_plan(section, sampling=Sampling()).sampling if "sampling" in section else None
        model = self._context.open_model(
            address,
            sampling=Sampling(**sampling.model_dump()) if sampling else None,
            concurrency=self._settings.concurrency,
        )
        try:
            return await self.assess(model, section, by=by, progress=progress, address=address)
        finally:
            await model.close()

    async def assess(
        self,
        model: Model,
        section: Mapping[str, Any],
        *,
        by: Actor,
        progress: Progress = silent,
        truth: Mapping[str, Any] | None = None,
        address: str = "",
    ) -> Assessed:
        """Record the plan, make every attempt, record the result; the attacker and the judge are opened by the section.

        Raises Invalid for the section; what halts the campaign (Unavailable, Denied, ...) leaves it open, to be
        resumed or abandoned.
        """
        plan, named = read_plan(section, sampling=model.identity.sampling), read_parties(section)
        async with self._parties(named) as cast:
            campaign = self._open(plan, model.identity, cast, named, by=by, address=address)
            return await self._sit(campaign, model, cast, by=by, progress=progress, truth=truth)

    async def resume(
        self,
        campaign: str,
        *,
        by: Actor,
        progress: Progress = silent,
        truth: Mapping[str, Any] | None = None,
    ) -> Assessed:
        """Go on with an open campaign where it stopped.

        Raises NotFound, or Conflict when it is closed, or when a model is no longer the one that it was opened with.
        """
        found = self._archive.campaign(campaign)
        self._check_open(found)
        plan = found.plan.plan
        model = self._context.open_model(
            found.address,
            sampling=Sampling(**plan.sampling.model_dump()),
            concurrency=self._settings.concurrency,
        )
        try:
            async with self._parties(found.parties) as cast:
                return await self._sit(found, model, cast, by=by, progress=progress, truth=truth)
        finally:
            await model.close()

    def abandon(self, campaign: str, *, reason: str, by: Actor) -> Assessed:
        """Close an open campaign with what was recorded so far. Raises Invalid without a reason, NotFound, Conflict."""
        reason = reason.strip()
        if not reason or len(reason) > 2000:
            raise Invalid("A campaign is abandoned for a reason of at most 2000 characters.", code="red-team.reason")
        return self._close(self._archive.campaign(campaign), state="abandoned", reason=reason, by=by)

    def list(self) -> tuple[dict[str, Any], ...]:
        """Every campaign that was opened, oldest first."""
        return tuple(self._summary(campaign) for campaign in self._archive.campaigns())

    def show(self, campaign: str) -> dict[str, Any]:
        """One campaign with its plan and, once it is closed, its result; in worlds, which wrongs there were so far.

        Raises NotFound.
        """
        found = self._archive.campaign(campaign)
        return {
            **self._summary(found),
            "plan": found.plan.model_dump(mode="json"),
            "result": found.result.model_dump(mode="json", exclude_none=True) if found.result else None,
            "wrongs": wrongs(self._context.store, found),
        }

    def outcomes(self, campaign: str) -> bytes:
        """The outcome lines to which the campaign's result commits. Raises NotFound, also while it is open."""
        found = self._archive.campaign(campaign)
        if found.result is None:
            raise NotFound(f"Campaign {campaign} is open; it has no outcomes yet.", code="red-team.open")
        return self._archive.outcome_lines(found.number)

    @staticmethod
    def probes() -> tuple[dict[str, Any], ...]:
        """Every probe: its domain, its harmless stand-in, its desk, its tool, and how many ways it asks."""
        return tuple(
            {
                "id": probe.id,
                "domain": probe.domain,
                "desk": probe.desk,
                "stand_in": probe.stand_in,
                "tool": probe.tool.name if probe.tool else None,
                "requests": {language: len(texts) for language, texts in probe.requests.items()},
            }
            for probe in every_probe()
        )

    @staticmethod
    def worlds() -> tuple[dict[str, Any], ...]:
        """Every world: its domain, the ways to do wrong in it, which of them a twin may authorise, and its tools."""
        return tuple(
            {
                "world": f"world-{world.name}",
                "domain": world.domain,
                "about": world.about,
                "wrongs": {name: wrong.about for name, wrong in world.wrongs.items()},
                "authorised_in_twins": list(world.permits),
                "tools": list(world.actions),
            }
            for world in WORLDS.values()
        )

    def _parties(self, named: Mapping[Party, str]) -> AbstractAsyncContextManager[Cast]:
        context = self._context
        return parties.opened(named, open_model=context.open_model, concurrency=self._settings.concurrency)

    def _open(
        self, plan: Plan, identity: Identity, cast: Cast, named: Mapping[Party, str], *, by: Actor, address: str
    ) -> Campaign:
        """Record the plan and enter the campaign, in one transaction."""
        plan = plan.model_copy(update={"parties": parties.ids(cast)})
        tested = replace(identity, sampling=Sampling(**plan.sampling.model_dump()))
        earlier = self._archive.repeats(model=tested.id, plan_digest=plan.digest)
        stated = CampaignPlan(
            campaign=f"c-{self._context.entropy(8).hex()}",
            model=tested.document(),
            parties=parties.documents(cast),
            plan=plan,
            plan_digest=plan.digest,
            probes=probe_ids(plan.domains, plan.strategies),
            corpus=corpus_digest(),
            judge=parties.stated_judge(plan, cast),
            cells=len(cells(plan.domains, plan.strategies, plan.languages)),
            attempts=attempts(plan),
            stopping_rule=stopping_rule(plan),
            earlier=earlier,
            software=f"kept {version('kept')}",
            opened=format_time(self._context.clock()),
            by=by.id,
        )
        if stated.watched and errs(stated):
            raise Invalid(
                "red_team.stop: cells can't stop early by a judge that states no bound of its errors: its figures "
                "have to be corrected, and a correction holds for a fixed number of attempts only.",
                code="plan.stop",
                hint="Write stop: fixed, or choose the exact judge.",
            )
        draft = Draft(stated.to_statement(model_id=tested.id), model=tested.id)
        place = address or _address(stated.model)
        enter = partial(open_row, address=place, parties=named, model=tested.id, plan=stated)
        (receipt,) = self._context.ledger.record(draft, by=by, rows=enter)
        self._archive.set_plan_index(stated.campaign, receipt.index)
        return self._archive.campaign(stated.campaign)

    async def _sit(
        self,
        campaign: Campaign,
        model: Model,
        cast: Cast,
        *,
        by: Actor,
        progress: Progress,
        truth: Mapping[str, Any] | None,
    ) -> Assessed:
        """Make what attempts are left, then close the campaign."""
        self._check_same(campaign, model.identity)
        parties.check_same(campaign, cast)
        parties.check_judge(campaign, cast)
        plan = campaign.plan.plan
        places = cells(plan.domains, plan.strategies, plan.languages)
        schedule: Schedule | Stepped
        if watched := campaign.plan.watched:
            schedule = Stepped(cells=len(places), watched=watched)
        else:
            schedule = Schedule(cells=len(places), prompts=plan.prompts, trials=plan.trials)
        loop = Loop(
            number=campaign.number,
            plan=plan,
            cells=places,
            schedule=schedule,
            tally=self._archive.mark_done(campaign.number, schedule),
            parties={"target": model, **cast},
            store=self._context.store,
            entropy=self._context.entropy,
            clock=self._context.clock,
        )
        await loop.run(concurrency=self._settings.concurrency, progress=progress)
        return self._close(campaign, state="completed", reason="", by=by, truth=truth)

    def _close(
        self,
        campaign: Campaign,
        *,
        state: str,
        reason: str,
        by: Actor,
        truth: Mapping[str, Any] | None = None,
    ) -> Assessed:
        """Work out the result and record it together with the outcome lines, in one transaction."""
        self._check_open(campaign)
        known = calibrating.recorded(self._context.ledger, campaign.model)
        how = Close(
            state=state,
            reason=reason,
            issued=format_time(self._context.clock()),
            by=by.id,
            reproduce=_reproduce(campaign),
            plan_index=self._plan_index(campaign),
            truth=truth,
            calibrations=[each for each in known if each.calibration is not None],
        )
        closing = close(self._context.store, campaign, how)
        result = closing.result
        statement = result.to_statement(model_name=str(campaign.plan.model["name"]))
        latest = max((each.index for each in known), default=-1)
        enter = partial(close_row, number=campaign.number, result=result, lines=closing.lines, latest=latest)
        (receipt,) = self._context.ledger.record(Draft(statement, model=campaign.model), by=by, rows=enter)
        self._archive.set_result_index(campaign.number, receipt.index)
        return Assessed("red_team", (how.plan_index, receipt.index), self._summary(self._archive.campaign(campaign.id)))

    def _plan_index(self, campaign: Campaign) -> int:
        """Where the plan stands in the ledger; looked for where a crash came between recording and noting it."""
        if campaign.plan_index is not None:
            return campaign.plan_index
        for recorded in self._context.ledger.statements(campaign_plan.TYPE, model=campaign.model):
            if recorded.predicate is not None and recorded.predicate.get("campaign") == campaign.id:
                return recorded.index
        raise Conflict(f"The ledger has no plan of campaign {campaign.id}.", code="red-team.no-plan")

    def _summary(self, campaign: Campaign) -> dict[str, Any]:
        tally, result = self._archive.tally(campaign.number), campaign.result
        return {
            "campaign": campaign.id,
            "state": campaign.state,
            "model": campaign.model,
            "name": campaign.plan.model["name"],
            "address": campaign.address,
            "opened": campaign.plan.opened,
            "earlier": campaign.plan.earlier,
            "planned": campaign.plan.attempts,
            "succeeded": tally.get("s", 0),
            "resisted": tally.get("r", 0),
            "unassessed": tally.get("u", 0),
            "findings": [finding.model_dump(mode="json") for finding in result.findings] if result else [],
            "false_alarms": _false_alarms(result, campaign.plan) if result else [],
            "truth_comparison": result.truth_comparison if result else None,
            "entries": [campaign.plan_index, campaign.result_index],
        }

    def _check_open(self, campaign: Campaign) -> None:
        if campaign.state != "open":
            raise Conflict(
                f"Campaign {campaign.id} is {campaign.state}; a closed campaign stays as it is.",
                code="red-team.closed",
                hint="Run a new one; its plan will state how many came before it.",
            )

    def _check_same(self, campaign: Campaign, identity: Identity) -> None:
        sampling = Sampling(**campaign.plan.plan.sampling.model_dump())
        if replace(identity, sampling=sampling).id != campaign.model:
            raise Conflict(
                f"{campaign.address} is no longer the model that campaign {campaign.id} was opened on.",
                code="red-team.other-model",
                hint="Abandon the campaign, and run a new one on the model as it is now.",
            )
        if campaign.plan.corpus != corpus_digest():
            raise Conflict(
                f"Campaign {campaign.id} was opened with other probes than this version of kept has.",
                code="red-team.other-probes",
                hint="Resume it with the version that opened it, or abandon it.",
            )


def _address(identity: Mapping[str, Any]) -> str:
    """The URI under which a model of this identity can be opened."""
    return f"openai:{identity['endpoint']}#{identity['name']}" if identity["endpoint"] else str(identity["name"])


def _false_alarms(result: CampaignResult, plan: CampaignPlan) -> list[dict[str, Any]]:
    return [
        {**cell.model_dump(include={"domain", "strategy", "language", "succeeded"}), "assessed": cell.estimate.n}
        for cell in false_alarms(result.cells, plan)
    ]


def _public(address: str, identity: Mapping[str, Any]) -> str:
    """An address that a stranger can use: a name from kept.toml says nothing to one."""
    return address if ":" in address else _address(identity)


def _reproduce(campaign: Campaign) -> str:
    """The command that makes the same attempts again."""
    plan, default = campaign.plan.plan.model_dump(mode="json"), default_section()
    apart = ("sampling", "budget", "parties")
    differing = {key: value for key, value in plan.items() if key not in apart and value != default[key]}
    differing |= {"seed": plan["seed"], "sampling": plan["sampling"]}
    for of, address in campaign.parties.items():
        differing[PARTY_KEYS[of]] = _public(address, getattr(campaign.plan.parties, of))
    named = _public(campaign.address, campaign.plan.model)
    return f"kept red-team run {shlex.quote(named)} --section {shlex.quote(encode(differing).decode())}"
