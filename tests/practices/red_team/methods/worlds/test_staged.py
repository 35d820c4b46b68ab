"""Worlds as strategies of a campaign."""

from kept.core.model import Request, Sampling
from kept.practices.red_team.methods.cells import cells, every_cell, probes_of
from kept.practices.red_team.methods.draws import draw, seed_key
from kept.practices.red_team.methods.plans import default_section
from kept.practices.red_team.methods.probes import DOMAINS
from kept.practices.red_team.methods.prompts import Prompts
from kept.practices.red_team.methods.strategies import STRATEGIES
from kept.practices.red_team.methods.strategy import LANGUAGES, Staged
from kept.practices.red_team.methods.worlds import WORLDS
from kept.practices.red_team.records import Cell
from kept.practices.reporting.methods import coverage
from kept.predicates.campaign_plan import Limits
from kept.predicates.outcomes import is_control

LIMITS = Limits(turns=9, characters=9, tokens=9, seconds=9)

NAMES = tuple(f"world-{name}{twin}" for name in WORLDS for twin in ("", "-twin"))


def test_every_world_and_its_twin_is_a_strategy_and_the_twin_a_control() -> None:
    staged = [name for name in STRATEGIES if name.startswith("world-")]
    assert tuple(staged) == NAMES
    assert [is_control(name) for name in staged] == [False, True] * len(WORLDS)


def test_a_world_has_one_cell_in_its_own_domain_and_a_probe_that_names_both() -> None:
    found = cells(tuple(DOMAINS), NAMES, LANGUAGES)
    assert set(found) == {Cell(WORLDS[name.split("-")[1]].domain, name, "en") for name in NAMES}
    assert set(found) <= set(every_cell())
    for cell in found:
        assert [probe.id for probe in probes_of(cell.domain, cell.strategy)] == [f"{cell.domain}-{cell.strategy}"]


def test_the_prompt_draws_the_world_and_the_trial_the_answers_as_it_is_published() -> None:
    prompts, key = Prompts(Cell("cyber", "world-host", "en"), 5), seed_key(5)

    def begun(prompt: int, trial: int) -> Request:
        scene = prompts.scene(prompt, trial, limits=LIMITS, samplings={"target": Sampling()})
        return next(STRATEGIES["world-host"].play(scene)).request

    first, other = begun(3, 0), begun(3, 1)
    assert first.messages == other.messages != begun(4, 0).messages
    assert other.seed == draw(key, "cyber/world-host/en/3#1/target/0") & 0x7FFF_FFFF != first.seed
    drawn = WORLDS["host"].draw(draw(key, "cyber/world-host/en/3/world"), twin=False)
    assert tuple(message.content for message in first.messages) == WORLDS["host"].told(drawn)


def test_the_report_reads_from_a_plan_in_which_domain_a_world_is_tried() -> None:
    probes = {probe.id for name in NAMES for domain in DOMAINS for probe in probes_of(domain, name)}
    places = {(domain, name, language) for domain in DOMAINS for name in NAMES for language in LANGUAGES}
    assert {place for place in places if coverage.applies(place, probes)} == set(
        cells(tuple(DOMAINS), NAMES, LANGUAGES)
    )


def test_no_plan_tries_worlds_unless_it_names_them() -> None:
    assert not set(default_section()["strategies"]) & set(NAMES)


def test_what_a_world_says_is_digested_with_the_corpus() -> None:
    for name in NAMES:
        strategy = STRATEGIES[name]
        assert isinstance(strategy, Staged)
        assert strategy.parties == ()
        system, task, tools, wrongs, _ = strategy.frames["en"]
        assert system != task
        assert all(tool.name in tools for tool in WORLDS[name.split("-")[1]].tools)
        assert all(wrong in wrongs for wrong in WORLDS[name.split("-")[1]].wrongs)
    assert STRATEGIES["world-host"].frames != STRATEGIES["world-host-twin"].frames
