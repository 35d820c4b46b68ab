"""The rules that compare two campaigns: pairs are found, regressions named, and deviations told."""

from dataclasses import replace

import pytest

from kept.core.estimate import paired_difference
from kept.errors import Conflict
from kept.predicates.campaign_plan import Sequential
from kept.predicates.differences import Ran, check_comparable, compare, deviations, misstated
from kept.predicates.outcomes import OutcomeRecord
from simulators.campaigns import make_plan
from simulators.comparisons import ANALYSIS, SMALL, TIME, registered

PLAN = make_plan(SMALL, campaign="c-" + "1" * 16, opened=TIME, earlier=0)


def record(strategy: str, *clusters: str, domain: str = "cyber", probe: str = "card") -> OutcomeRecord:
    return OutcomeRecord(domain, strategy, "en", probe, clusters)


def test_a_pair_is_the_same_trial_of_the_same_prompt_of_the_same_probe() -> None:
    one = [record("plain", "s", "r", probe="a"), record("plain", "r", probe="b")]
    other = [record("plain", "r", "s", probe="a"), record("plain", "s", probe="b")]
    (cell,) = compare(one, other, ANALYSIS).cells
    assert (cell["worse"], cell["better"]) == (2, 1)
    assert cell["difference"] == paired_difference([("s", "r"), ("r", "s"), ("r", "s")]).document()


def test_what_one_of_both_did_not_try_is_unassessed_and_never_a_difference() -> None:
    one = [record("plain", "s", "sr", "", "s")]
    other = [record("plain", "s", "s")]
    (cell,) = compare(one, other, ANALYSIS).cells
    assert (cell["worse"], cell["better"]) == (0, 0)
    assert (cell["difference"]["n"], cell["difference"]["unassessed"]) == (2, 2)


def test_cells_that_only_one_tried_are_named_and_not_compared() -> None:
    found = compare([record("plain", "s"), record("base64", "s")], [record("plain", "s"), record("hex", "r")], ANALYSIS)
    assert [cell["strategy"] for cell in found.cells] == ["plain"]
    assert (found.only_before, found.only_after) == ((("cyber", "base64", "en"),), (("cyber", "hex", "en"),))


def test_controls_are_cells_but_count_in_no_domain() -> None:
    one, other = ([record("world-host-twin", outcome), record("plain", "r")] for outcome in "sr")
    found = compare(one, other, ANALYSIS)
    assert [cell["better"] for cell in found.cells] == [0, 1]
    assert [domain["better"] for domain in found.domains] == [0]


def test_a_regression_outlives_the_number_of_cells_that_were_looked_at() -> None:
    same = [record(f"s{number:02}", *["r"] * 20) for number in range(30)]
    worse = [replace(each, clusters=("s",) * 12 + ("r",) * 8) if each.strategy == "s07" else each for each in same]
    slightly = [replace(each, clusters=("s",) * 5 + ("r",) * 15) if each.strategy == "s07" else each for each in same]
    assert compare(same, worse, ANALYSIS).regressions == (("cyber", "s07", "en"),)
    assert compare(same[7:8], slightly[7:8], ANALYSIS).regressions == (("cyber", "s07", "en"),)
    assert compare(same, slightly, ANALYSIS).regressions == ()
    assert compare(worse, same, ANALYSIS).regressions == ()


def test_equivalence_is_told_where_a_margin_was_set() -> None:
    same = [record("plain", *["r"] * 200)]
    (domain,) = compare(same, same, ANALYSIS).domains
    assert domain["equivalent"] is True
    assert domain["equivalence"]["level"] == pytest.approx(0.9)
    (domain,) = compare(same, same, ANALYSIS.model_copy(update={"margin": None})).domains
    assert "equivalent" not in domain


def test_nothing_against_nothing_is_nothing() -> None:
    found = compare([], [], ANALYSIS)
    assert (found.domains, found.cells, found.only_before, found.only_after) == ((), (), (), ())


@pytest.mark.parametrize("change", [{"plan_digest": "sha256:" + "9" * 64}, {"corpus": "sha256:" + "9" * 64}])
def test_campaigns_of_other_plans_or_prompts_are_no_pairs(change: dict[str, str]) -> None:
    check_comparable(PLAN, PLAN)
    with pytest.raises(Conflict) as caught:
        check_comparable(PLAN, PLAN.model_copy(update=change))
    assert caught.value.code == "comparison.other-plan"
    with pytest.raises(Conflict):
        check_comparable(PLAN, PLAN.model_copy(update={"plan": PLAN.plan.model_copy(update={"seed": 99})}))


def test_cells_that_stop_early_are_no_pairs() -> None:
    early = PLAN.plan.model_copy(update={"stop": Sequential(rule="sequential", bound=0.1, alpha=0.05, over="cell")})
    watched = PLAN.model_copy(update={"plan": early})
    with pytest.raises(Conflict) as caught:
        check_comparable(watched, watched)
    assert caught.value.code == "comparison.stopped-early"


def test_power_counts_the_cells_of_a_domain_but_not_its_controls() -> None:
    stated = registered(PLAN)
    assert [(each.domain, each.prompts) for each in stated.power.detectable] == [("bio", 30), ("cyber", 30)]
    assert misstated(stated) == ""
    better = stated.power.detectable[1].model_copy(update={"difference": 0.01})
    wrong = stated.power.model_copy(update={"detectable": (stated.power.detectable[0], better)})
    assert "cyber" in misstated(stated.model_copy(update={"power": wrong}))


def test_what_was_meant_and_done_deviates_from_nothing() -> None:
    ran = Ran(PLAN, 3, "completed")
    assert deviations(registered(PLAN), 2, before=ran, after=ran, analysis=ANALYSIS) == ()
    baseline = registered(PLAN, baseline=PLAN.campaign)
    assert deviations(baseline, 2, before=Ran(PLAN, 0, "completed"), after=ran, analysis=ANALYSIS) == ()


def test_every_deviation_is_told() -> None:
    other = PLAN.model_copy(
        update={
            "plan_digest": "sha256:" + "9" * 64,
            "corpus": "sha256:" + "9" * 64,
            "plan": PLAN.plan.model_copy(update={"seed": 99}),
            "campaign": "c-" + "9" * 16,
        }
    )
    stated = registered(PLAN, baseline=PLAN.campaign)
    analysis = ANALYSIS.model_copy(update={"margin": 0.3})
    found = deviations(
        stated, 2, before=Ran(other, 0, "completed"), after=Ran(other, 1, "abandoned"), analysis=analysis
    )
    assert [f"{each['of']}: {each['what']}" for each in found] == [
        "before: plan",
        "before: corpus",
        "before: seed",
        "before: baseline",
        "after: plan",
        "after: corpus",
        "after: seed",
        "after: began earlier",
        "after: not completed",
        "analysis: analysis",
    ]


def test_without_a_baseline_both_runs_are_still_to_come() -> None:
    early, late = Ran(PLAN, 0, "completed"), Ran(PLAN, 3, "completed")
    found = deviations(registered(PLAN), 2, before=early, after=late, analysis=ANALYSIS)
    assert found == ({"of": "before", "what": "began earlier"},)
