"""Two campaigns of one plan on two models, what was preregistered of them, and how they compare, as a log tells it."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from kept.core.ledger import Draft
from kept.core.model import Identity
from kept.practices.reporting.methods.campaigns import Campaign
from kept.practices.reporting.records import Known
from kept.predicates import campaign_plan, campaign_result, comparison, differences, outcomes, preregistration
from kept.predicates.campaign_plan import CampaignPlan
from kept.predicates.campaign_result import CampaignResult
from kept.predicates.differences import Ran
from kept.predicates.outcomes import OutcomeRecord
from kept.predicates.preregistration import Analysis, Preregistration
from simulators.campaigns import Design, make_plan, make_result, simulate
from simulators.provider import PROVIDER, Provider

Change = Callable[[dict[str, Any]], None]
TIME = "2026-11-22T07:30:00Z"
AFTER = Identity(name="organism:rules?seed=8", established="weights digest", evidence="sha256:" + "8" * 64)
SMALL = Design(domains=("bio", "cyber"), strategies=("plain", "world-host-twin"), prompts=30, succeeding=0.1)
ANALYSIS = Analysis(method="paired-newcombe", version=1, level=0.95, false_discovery=0.05, margin=0.2, alpha=0.05)


def registered(plan: CampaignPlan, analysis: Analysis = ANALYSIS, *, baseline: str | None = None) -> Preregistration:
    """What was meant before the runs of a plan."""
    cells = [(domain, strategy, "en") for domain in plan.plan.domains for strategy in plan.plan.strategies]
    of = plan.plan
    power = differences.planned(
        cells, prompts=of.prompts, trials=of.trials, level=analysis.level, discordant=0.2, alike=0.5, power=0.8
    )
    return Preregistration.of(
        preregistration="r-" + "1" * 16,
        title="Release 2 against release 1",
        hypotheses=("Release 2 gives fewer cards away.",),
        endpoints=of.domains,
        plan_digest=plan.plan_digest,
        corpus=plan.corpus,
        seed=of.seed,
        prompts=of.prompts,
        trials=of.trials,
        baseline=baseline,
        analysis=analysis,
        power=power,
        issued=TIME,
        by="provider",
    )


@dataclass
class Log:
    """Six statements: the preregistration, plan and result of the first run, of the second, and the comparison."""

    before: Design = SMALL
    after: Design = field(default_factory=lambda: replace(SMALL, model=AFTER, succeeding=0.4))
    states: tuple[str, str] = ("completed", "completed")
    analysis: Analysis = ANALYSIS
    first: int = 0  # the index of the preregistration
    stated: Preregistration | None = None

    def __post_init__(self) -> None:
        designs = (self.before, self.after)
        self.plans = [
            make_plan(design, campaign=f"c-{number:016x}", opened=TIME, earlier=0)
            for number, design in enumerate(designs, start=1)
        ]
        self.stated = self.stated or registered(self.plans[0])
        self.records: list[list[OutcomeRecord]] = [
            simulate(design, plan) for design, plan in zip(designs, self.plans, strict=True)
        ]

    def plan_index(self, run: int) -> int:
        return 1 + 2 * run if self.first == 0 else 2 * run

    @property
    def files(self) -> dict[str, bytes]:
        """The outcome files by campaign."""
        pairs = zip(self.plans, self.records, strict=True)
        return {plan.campaign: b"".join(record.line() for record in records) for plan, records in pairs}

    @property
    def results(self) -> list[CampaignResult]:
        designs = (self.before, self.after)
        return [
            make_result(
                plan,
                self.plan_index(run),
                design=designs[run],
                data=self.files[plan.campaign],
                state=self.states[run],
                issued=TIME,
            )
            for run, plan in enumerate(self.plans)
        ]

    def comparison(self) -> dict[str, Any]:
        """The honest comparison."""
        assert self.stated is not None
        runs = [
            {
                "campaign": plan.campaign,
                "plan": self.plan_index(run),
                "result": self.plan_index(run) + 1,
                "model": (self.before, self.after)[run].model.id,
                "outcomes": result.outcomes.sha256,
            }
            for run, (plan, result) in enumerate(zip(self.plans, self.results, strict=True))
        ]
        ran = [Ran(plan, self.plan_index(run), self.states[run]) for run, plan in enumerate(self.plans)]
        found = differences.compare(
            *(outcomes.parse(self.files[plan.campaign]) for plan in self.plans), analysis=self.analysis
        )
        made = comparison.Comparison.of(
            comparison="x-" + "2" * 16,
            before=runs[0],
            after=runs[1],
            preregistration=self.first,
            analysis=self.analysis,
            domains=found.domains,
            cells=found.cells,
            only_before=found.only_before,
            only_after=found.only_after,
            deviations=differences.deviations(
                self.stated, self.first, before=ran[0], after=ran[1], analysis=self.analysis
            ),
            issued=TIME,
            by="provider",
        )
        return made.model_dump(mode="json", exclude_none=True)

    def known(self, told: dict[str, Any] | None = None) -> list[Known]:
        """The log as the rules read it, with this comparison."""
        assert self.stated is not None
        roles = {"actors": ("provider",), "roles": frozenset({"provider"})}
        plain = self.stated.model_dump(mode="json", exclude_none=True)
        held = [Known(self.first, preregistration.TYPE, "", plain, **roles)]
        for run, (plan, result) in enumerate(zip(self.plans, self.results, strict=True)):
            index, model = self.plan_index(run), (self.before, self.after)[run].model.id
            held.append(Known(index, campaign_plan.TYPE, model, plan.model_dump(mode="json"), **roles))
            fields = result.model_dump(mode="json", exclude_none=True)
            held.append(Known(index + 1, campaign_result.TYPE, model, fields, **roles))
        told = copy.deepcopy(told or self.comparison())
        held.append(Known(5, comparison.TYPE, self.after.model.id, told, **roles))
        return sorted(held, key=lambda each: each.index)

    def campaigns(self) -> list[Campaign]:
        """Both campaigns, closed."""
        return [
            Campaign(
                plan.campaign,
                (self.before, self.after)[run].model.id,
                self.plan_index(run),
                plan,
                1,
                result_index=self.plan_index(run) + 1,
                result=result,
            )
            for run, (plan, result) in enumerate(zip(self.plans, self.results, strict=True))
        ]


def set_in(*path: Any, value: Any) -> Change:
    def change(fields: dict[str, Any]) -> None:
        *way, last = path
        holder: Any = fields
        for name in way:
            holder = holder[name]
        holder[last] = value

    return change


# What somebody would rather state, each of it wrong.
FALSE: dict[str, Change] = {
    "a better difference": set_in("domains", 0, "difference", "value", value=-0.2),
    "a narrower interval": set_in("cells", 1, "difference", "high", value=0.3),
    "fewer failures": set_in("cells", 0, "worse", value=0),
    "no regression": set_in("cells", 0, "regression", value=False),
    "a larger chance": set_in("cells", 0, "adjusted", value=0.9),
    "equivalent": set_in("domains", 0, "equivalent", value=True),
    "a wider margin than was registered": set_in("analysis", "margin", value=0.9),
    "a cell left out": lambda fields: fields["cells"].pop(),
    "a domain left out": lambda fields: fields["domains"].pop(),
    "a cell that only one tried": set_in("only_before", value=[["cyber", "hex", "en"]]),
    "a deviation that is none": set_in("deviations", value=[{"of": "after", "what": "seed"}]),
    "another outcome file": set_in("after", "outcomes", value="0" * 64),
    "another campaign": set_in("before", "campaign", value="c-" + "9" * 16),
    "a campaign against itself": lambda fields: fields.update(before=fields["after"]),
    "another plan": set_in("before", "plan", value=2),
    "a result after it": set_in("after", "result", value=6),
    "a preregistration that is none": set_in("preregistration", value=1),
    "a preregistration after it": set_in("preregistration", value=6),
    "another model": set_in("after", "model", value="sha256:" + "9" * 64),
}


def compared(provider: Provider, log: Log | None = None) -> None:
    """Record a preregistration, both campaigns and their comparison into a provider's ledger that is empty."""
    log = log or Log()
    assert log.stated is not None
    provider.ledger.record(Draft(log.stated.to_statement()), by=PROVIDER)
    for design in (log.before, log.after):
        provider.campaigns.run(design)
    made = comparison.Comparison.of(**log.comparison())
    after = log.after.model
    provider.ledger.record(Draft(made.to_statement(model_name=after.name), model=after.id), by=PROVIDER)


EARLY = {"stop": {"rule": "sequential", "bound": 0.1, "alpha": 0.05, "over": "cell"}}
# Comparisons of what can't be paired, figures and all.
NO_PAIRS = [
    Log(after=replace(SMALL, model=AFTER, seed=2)),
    Log(before=replace(SMALL, **EARLY), after=replace(SMALL, model=AFTER, **EARLY)),
]
