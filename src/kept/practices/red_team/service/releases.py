"""Two releases compared: what a run could show, what was meant before it, and what it came to."""

from collections.abc import Mapping, Sequence
from typing import Any

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.core.model import Sampling
from kept.errors import Conflict, Invalid, NotFound
from kept.practices.red_team.methods.cells import cells
from kept.practices.red_team.methods.comparison import analysis_of, preregistered, stated_comparison
from kept.practices.red_team.methods.plans import attempts, read_parties, read_plan
from kept.practices.red_team.methods.prompts import corpus_digest
from kept.practices.red_team.service.archive import Archive, Campaign
from kept.predicates import differences, outcomes, preregistration
from kept.predicates.campaign_plan import Plan
from kept.predicates.comparison import Run
from kept.predicates.differences import Ran
from kept.predicates.preregistration import Power, Preregistration

DISCORDANT, ALIKE, POWER = 0.2, 0.0, 0.8


class Releases:
    """The verbs that plan, announce and make comparisons; part of the room's service."""

    _context: Context
    _archive: Archive

    def power(
        self,
        section: Mapping[str, Any] | None = None,
        *,
        discordant: float = DISCORDANT,
        alike: float = ALIKE,
        power: float = POWER,
        level: float = 0.95,
    ) -> dict[str, Any]:
        """What a plan, run on two models, could show: the least difference it finds in each domain; records nothing.

        Raises Invalid for the section, or for an assumption outside its range.
        """
        plan = read_plan(section or {}, sampling=Sampling())
        found = _power(plan, discordant=discordant, alike=alike, power=power, level=level)
        shown = found.model_dump(mode="json")
        return {**shown, "prompts": plan.prompts, "trials": plan.trials, "attempts": attempts(plan), "level": level}

    def preregister(
        self,
        title: str,
        *,
        hypotheses: Sequence[str],
        by: Actor,
        section: Mapping[str, Any] | None = None,
        baseline: str | None = None,
        endpoints: Sequence[str] = (),
        discordant: float = DISCORDANT,
        alike: float = ALIKE,
        power: float = POWER,
        margin: float | None = None,
    ) -> dict[str, Any]:
        """Record what will be compared and how, before the runs, with the least difference that they could show.

        The plan is that of the `baseline` campaign, where the first model was run already, else the section's. Without
        `endpoints`, every domain of the plan is one. Raises Invalid for what can't be run or isn't in the plan,
        NotFound for an unknown baseline, and Conflict for one of other probes than this version has.
        """
        plan = self._plan(section, baseline)
        analysis = analysis_of(margin=margin)
        stated = preregistered(
            plan,
            id=f"r-{self._context.entropy(8).hex()}",
            title=title,
            hypotheses=hypotheses,
            endpoints=endpoints,
            baseline=baseline,
            corpus=corpus_digest(),
            analysis=analysis,
            power=_power(plan, discordant=discordant, alike=alike, power=power, level=analysis.level),
            issued=format_time(self._context.clock()),
            by=by.id,
        )
        (receipt,) = self._context.ledger.record(Draft(stated.to_statement()), by=by)
        return {"index": receipt.index, **stated.model_dump(mode="json")}

    def compare(
        self, before: str, after: str, *, by: Actor, follows: int | None = None, margin: float | None = None
    ) -> dict[str, Any]:
        """Record how the second campaign differs from the first, cell by cell, with the regressions among them.

        `follows` is the ledger index of the preregistration: then its analysis is done, and what deviates from it is
        stated. Raises NotFound for an unknown campaign or preregistration, Conflict for campaigns that are open or no
        pair, and Invalid for a margin that is none, or that stands beside a preregistration.
        """
        if before == after:
            raise Invalid("A campaign is compared with another one.", code="comparison.same")
        one, other = (self._closed(campaign) for campaign in (before, after))
        differences.check_comparable(one.plan, other.plan)
        registered = None if follows is None else self._registered(follows)
        if registered is not None and margin is not None:
            raise Invalid(
                "The margin of a preregistered comparison is the one that was registered.", code="comparison.margin"
            )
        analysis = registered.analysis if registered else analysis_of(margin=margin)
        records = [outcomes.parse(self._archive.outcome_lines(campaign.number)) for campaign in (one, other)]
        deviations: tuple[dict[str, str], ...] = ()
        if registered is not None and follows is not None:
            runs = [Ran(each.plan, self._run(each).plan, each.state) for each in (one, other)]
            deviations = differences.deviations(registered, follows, before=runs[0], after=runs[1], analysis=analysis)
        stated = stated_comparison(
            differences.compare(records[0], records[1], analysis),
            id=f"x-{self._context.entropy(8).hex()}",
            runs=(self._run(one), self._run(other)),
            follows=follows,
            analysis=analysis,
            deviations=deviations,
            issued=format_time(self._context.clock()),
            by=by.id,
        )
        statement = stated.to_statement(model_name=str(other.plan.model["name"]))
        (receipt,) = self._context.ledger.record(Draft(statement, model=other.model), by=by)
        return {"index": receipt.index, **stated.model_dump(mode="json", exclude_none=True)}

    def _plan(self, section: Mapping[str, Any] | None, baseline: str | None) -> Plan:
        if baseline is None:
            plan = read_plan(section or {}, sampling=Sampling())
            if read_parties(section or {}):
                raise Invalid(
                    "A plan with an attacker or a judge of its own is not known before its models are opened.",
                    code="comparison.parties",
                    hint="Run it on the first model, and preregister the second run with --baseline.",
                )
            return plan
        if section:
            raise Invalid("The plan is that of the baseline; give no other.", code="comparison.plan-twice")
        found = self._archive.campaign(baseline)
        if found.plan.corpus != corpus_digest():
            raise Conflict(
                f"Campaign {baseline} was opened with other probes than this version of kept has.",
                code="red-team.other-probes",
                hint="Run the plan again on the first model.",
            )
        return found.plan.plan

    def _closed(self, campaign: str) -> Campaign:
        found = self._archive.campaign(campaign)
        if found.result is None:
            raise Conflict(
                f"Campaign {campaign} is open; what it comes to is not known.",
                code="red-team.open",
                hint="Resume it, or abandon it.",
            )
        return found

    def _registered(self, index: int) -> Preregistration:
        for recorded in self._context.ledger.statements(preregistration.TYPE):
            if recorded.index == index:
                if recorded.predicate is None:
                    raise Conflict(f"The preregistration at index {index} was erased.", code="comparison.erased")
                return Preregistration.of(**recorded.predicate)
        raise NotFound(
            f"There is no preregistration at index {index}.",
            code="comparison.no-preregistration",
            hint="`kept red-team preregister` tells the index of what it recorded.",
        )

    def _run(self, campaign: Campaign) -> Run:
        if campaign.result is None or campaign.plan_index is None or campaign.result_index is None:
            raise Conflict(
                f"Where campaign {campaign.id} stands in the ledger was not noted.",
                code="red-team.no-plan",
                hint="A process ended between recording and noting it; run the campaign again.",
            )
        return Run(
            campaign=campaign.id,
            plan=campaign.plan_index,
            result=campaign.result_index,
            model=campaign.model,
            outcomes=campaign.result.outcomes.sha256,
        )


def _power(plan: Plan, *, discordant: float, alike: float, power: float, level: float) -> Power:
    places = cells(plan.domains, plan.strategies, plan.languages)
    return differences.planned(
        places,
        prompts=plan.prompts,
        trials=plan.trials,
        level=level,
        discordant=discordant,
        alike=alike,
        power=power,
    )
