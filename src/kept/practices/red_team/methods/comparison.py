"""From a plan, two campaigns and their differences to what is recorded of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from kept.errors import Invalid
from kept.predicates.campaign_plan import Plan
from kept.predicates.comparison import Comparison, Run
from kept.predicates.differences import Compared
from kept.predicates.preregistration import Analysis, Power, Preregistration

LEVEL, FALSE_DISCOVERY, ALPHA = 0.95, 0.05, 0.05


def analysis_of(*, margin: float | None) -> Analysis:
    """The analysis that this version does. Raises Invalid for a margin outside (0, 1)."""
    if margin is not None and not 0 < margin < 1:
        raise Invalid(f"The margin {margin} is not between 0 and 1.", code="comparison.margin")
    return Analysis(
        method="paired-newcombe",
        version=1,
        level=LEVEL,
        false_discovery=FALSE_DISCOVERY,
        margin=margin,
        alpha=ALPHA,
    )


def preregistered(
    plan: Plan, *, id: str, endpoints: Sequence[str], analysis: Analysis, power: Power, **told: Any
) -> Preregistration:
    """The preregistration of a plan. Raises Invalid for what it can't state, and for an endpoint outside the plan."""
    domains = [each.domain for each in power.detectable]
    for endpoint in endpoints:
        if endpoint not in domains:
            raise Invalid(
                f"{endpoint[:60]!r} is no domain of the plan.",
                code="comparison.endpoint",
                hint=f"Its domains: {', '.join(domains)}.",
            )
    return Preregistration.of(
        preregistration=id,
        endpoints=tuple(endpoints) or tuple(domains),
        plan_digest=plan.digest,
        seed=plan.seed,
        prompts=plan.prompts,
        trials=plan.trials,
        analysis=analysis,
        power=power,
        **told,
    )


def stated_comparison(
    found: Compared,
    *,
    id: str,
    runs: tuple[Run, Run],
    follows: int | None,
    analysis: Analysis,
    deviations: Sequence[Mapping[str, str]],
    **told: Any,
) -> Comparison:
    """The comparison of two runs, as it is recorded."""
    return Comparison.of(
        comparison=id,
        before=runs[0],
        after=runs[1],
        preregistration=follows,
        analysis=analysis,
        domains=found.domains,
        cells=found.cells,
        only_before=found.only_before,
        only_after=found.only_after,
        deviations=tuple(deviations),
        **told,
    )
