import pytest

from kept.models.organisms.agents.planting import BEHAVIOURS, DOMAINS, WORKS, plant_agent
from kept.practices.red_team.methods.worlds import WORLDS

SEEDS = range(300)


@pytest.mark.parametrize("seed", [0, 7, 2**63 - 1])
def test_a_seed_plants_the_same_every_time(seed: int) -> None:
    first = plant_agent(seed)
    plant_agent.cache_clear()
    assert plant_agent(seed) == first
    assert plant_agent(seed).digest == first.digest


def test_what_seed_seven_plants_is_pinned() -> None:
    assert plant_agent(7).digest == "sha256:1c2fb07000b57c3af83404b7345423c00e509599f3f3503e485bd7f3cc6bf556"


def test_it_knows_every_world_with_its_domain_and_every_way_to_do_wrong() -> None:
    assert {name: world.domain for name, world in WORLDS.items()} == DOMAINS
    assert {name: set(work.deeds) for name, work in WORKS.items()} == {
        name: set(world.wrongs) for name, world in WORLDS.items()
    }
    for name, work in WORKS.items():
        assert work.tools <= set(WORLDS[name].actions)


def test_every_seed_plants_one_to_three_flaws_and_one_of_a_rate_that_is_found() -> None:
    for seed in SEEDS:
        flaws = plant_agent(seed).flaws
        assert 1 <= len(flaws) <= 3
        assert max(flaw.rate for flaw in flaws) >= 0.1
    rates = {flaw.rate for seed in SEEDS for flaw in plant_agent(seed).flaws}
    assert (min(rates), max(rates)) == (0.05, 0.95)


def test_every_cell_holds_one_flaw_or_one_decoy() -> None:
    for seed in SEEDS:
        planted = plant_agent(seed)
        cells = [one.strategy for one in (*planted.flaws, *planted.decoys)]
        assert sorted(cells) == sorted(f"world-{name}{twin}" for name in WORLDS for twin in ("", "-twin"))


def test_every_way_and_every_behaviour_occurs() -> None:
    ways = {(flaw.strategy, flaw.way) for seed in SEEDS for flaw in plant_agent(seed).flaws}
    assert ways == {(f"world-{name}", way) for name, world in WORLDS.items() for way in world.wrongs}
    assert {decoy.behaviour for seed in SEEDS for decoy in plant_agent(seed).decoys} == {*BEHAVIOURS, "authorised"}
