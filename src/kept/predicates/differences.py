"""What two campaigns of one plan come to when they are compared: the rules, for whoever holds both outcome files.

A pair is the same trial of the same prompt of the same probe in both campaigns: prompts are drawn from the plan's seed,
so that the i-th of one is the i-th of the other. What one of the two did not try, or could not assess, is unassessed.
The browser's verifier computes the same (`comparisons.js`).
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kept.core.estimate import (
    benjamini_hochberg,
    detectable_difference,
    equivalence,
    paired_difference,
    sign_test,
)
from kept.errors import Conflict, Invalid
from kept.predicates.campaign_plan import CampaignPlan
from kept.predicates.outcomes import OutcomeRecord, is_control
from kept.predicates.preregistration import Analysis, Detectable, Power, Preregistration

Names = tuple[str, str, str]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Compared:
    """Domains and cells as the documents that a comparison states, and the cells that only one campaign tried."""

    domains: tuple[Mapping[str, Any], ...]
    cells: tuple[Mapping[str, Any], ...]
    only_before: tuple[Names, ...]
    only_after: tuple[Names, ...]

    @property
    def regressions(self) -> tuple[Names, ...]:
        """The cells in which the second model fails oftener."""
        return tuple((cell["domain"], cell["strategy"], cell["language"]) for cell in self.cells if cell["regression"])


@dataclass(frozen=True, slots=True)
class Ran:
    """One of the two campaigns as the log tells it: its plan, where that stands, and whether it was completed."""

    plan: CampaignPlan
    index: int
    state: str


def check_comparable(before: CampaignPlan, after: CampaignPlan) -> None:
    """Raises Conflict where two campaigns did not put the same prompts, or did not judge them alike.

    Nor can cells that stopped early be paired: when each stopped depends on what it found, so that the interval of a
    difference would not hold.
    """
    if before.plan.stop != "fixed":
        raise Conflict(
            f"The cells of campaign {before.campaign} stop early, so that their differences have no valid interval.",
            code="comparison.stopped-early",
            hint="Run a plan with `stop: fixed` on both models.",
        )
    for what, one, other in (
        ("plan", before.plan_digest, after.plan_digest),
        ("seed", before.plan.seed, after.plan.seed),
        ("corpus of probes", before.corpus, after.corpus),
        ("judge", before.judge, after.judge),
    ):
        if one != other:
            raise Conflict(
                f"The campaigns {before.campaign} and {after.campaign} have another {what}, so that their attempts "
                "are no pairs.",
                code="comparison.other-plan",
                hint="Run the same plan with the same seed on both models.",
            )


def compare(before: Iterable[OutcomeRecord], after: Iterable[OutcomeRecord], analysis: Analysis) -> Compared:
    """The differences of all cells that both campaigns tried, in their order, and of their domains."""
    one, other = _by_cell(before), _by_cell(after)
    paired = {names: _pairs(one[names], other[names]) for names in sorted(one.keys() & other.keys())}
    chances = benjamini_hochberg({"\n".join(names): sign_test(pairs) for names, pairs in paired.items()})
    domains: dict[str, list[Pair]] = {}
    for (domain, strategy, _), pairs in paired.items():
        if not is_control(strategy):
            domains.setdefault(domain, []).extend(pairs)
    return Compared(
        tuple(_domain(domain, pairs, analysis) for domain, pairs in domains.items()),
        tuple(_cell(names, pairs, chances["\n".join(names)], analysis) for names, pairs in paired.items()),
        tuple(sorted(one.keys() - other.keys())),
        tuple(sorted(other.keys() - one.keys())),
    )


def planned(
    plan: Sequence[Names],
    *,
    prompts: int,
    trials: int,
    level: float,
    discordant: float,
    alike: float,
    power: float,
) -> Power:
    """What a plan over these cells could show in each domain, controls apart; raises Invalid for impossible shares."""
    if not 0.5 <= power < 1:
        raise Invalid(f"The power {power} is not from 0.5 to 1.", code="comparison.power")
    counted: dict[str, int] = {}
    for domain, strategy, _ in plan:
        if not is_control(strategy):
            counted[domain] = counted.get(domain, 0) + prompts
    assumed = {"discordant": discordant, "alike": alike, "alpha": 1 - level, "power": power}
    found = tuple(
        Detectable(
            domain=domain, prompts=count, difference=detectable_difference(prompts=count, trials=trials, **assumed)
        )
        for domain, count in counted.items()
    )
    return Power(discordant=discordant, alike=alike, power=power, detectable=found)


def misstated(stated: Preregistration) -> str:
    """What a preregistration says of its own power that does not follow from its assumptions; empty: nothing."""
    power = stated.power
    assumed = {"discordant": power.discordant, "alike": power.alike, "power": power.power}
    for each in power.detectable:
        found = detectable_difference(
            prompts=each.prompts, trials=stated.trials, alpha=1 - stated.analysis.level, **assumed
        )
        if abs(found - each.difference) > 1e-9:
            return f"the difference that is detectable in {each.domain}"
    return ""


def deviations(
    stated: Preregistration, index: int, *, before: Ran, after: Ran, analysis: Analysis
) -> tuple[dict[str, str], ...]:
    """Where two runs and their analysis are not what was preregistered at `index`, in a fixed order."""
    found: list[dict[str, str]] = []
    for of, ran in (("before", before), ("after", after)):
        known = of == "before" and stated.baseline is not None
        for what, deviates in (
            ("plan", ran.plan.plan_digest != stated.plan_digest),
            ("corpus", ran.plan.corpus != stated.corpus),
            ("seed", ran.plan.plan.seed != stated.seed),
            ("baseline", known and ran.plan.campaign != stated.baseline),
            ("began earlier", not known and ran.index < index),
            ("not completed", ran.state != "completed"),
        ):
            if deviates:
                found.append({"of": of, "what": what})
    if analysis != stated.analysis:
        found.append({"of": "analysis", "what": "analysis"})
    return tuple(found)


def _by_cell(records: Iterable[OutcomeRecord]) -> dict[Names, dict[str, tuple[str, ...]]]:
    found: dict[Names, dict[str, tuple[str, ...]]] = {}
    for record in records:
        found.setdefault((record.domain, record.strategy, record.language), {})[record.probe] = record.clusters
    return found


def _pairs(one: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]]) -> list[Pair]:
    return [
        _padded(*pair)
        for probe in sorted(one.keys() | other.keys())
        for pair in itertools.zip_longest(one.get(probe, ()), other.get(probe, ()), fillvalue="")
    ]


def _padded(one: str, other: str) -> Pair:
    size = max(len(one), len(other))
    return one.ljust(size, "u"), other.ljust(size, "u")


def _domain(domain: str, pairs: Sequence[Pair], analysis: Analysis) -> dict[str, Any]:
    found = {"domain": domain, **_difference(pairs, analysis)}
    if analysis.margin is not None:
        shown = equivalence(pairs, margin=analysis.margin, alpha=analysis.alpha)
        found |= {"equivalence": shown.estimate.document(), "equivalent": shown.holds}
    return found


def _cell(names: Names, pairs: Sequence[Pair], adjusted: float, analysis: Analysis) -> dict[str, Any]:
    domain, strategy, language = names
    return {
        "domain": domain,
        "strategy": strategy,
        "language": language,
        **_difference(pairs, analysis),
        "chance": sign_test(pairs),
        "adjusted": adjusted,
        "regression": adjusted <= analysis.false_discovery,
    }


def _difference(pairs: Sequence[Pair], analysis: Analysis) -> dict[str, Any]:
    trials = [trial for pair in pairs for trial in zip(*pair, strict=True)]
    return {
        "worse": trials.count(("r", "s")),
        "better": trials.count(("s", "r")),
        "difference": paired_difference(pairs, level=analysis.level).document(),
    }
