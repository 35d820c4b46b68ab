"""What is planted for searches, seen through the strategies that search, and an attacker that is embedded."""

import asyncio
from collections import Counter

import pytest

from kept import models
from kept.core.model import Message, Model, Request
from kept.errors import NotFound
from kept.models.organisms.planted import Decoy
from kept.models.organisms.planting import DOMAINS, REWORDING, Flaw, plant
from kept.practices.red_team.methods.cells import every_cell
from kept.practices.red_team.methods.judges.exact_card import judge
from kept.practices.red_team.methods.plans import default_section
from kept.practices.red_team.methods.prompts import Prompts
from kept.practices.red_team.methods.rewording import attack, read_reply
from kept.practices.red_team.records import Cell
from kept.practices.red_team.service.driver import Driver
from kept.predicates.campaign_plan import Limits
from simulators.red_team_room import now

ATTEMPTS = 150
SEEDS = range(200)
LIMITS = Limits(**default_section()["limits"])


async def attempt(prompts: Prompts, number: int, target: Model, attacker: Model) -> str:
    if prompts.staged is None:
        prompt = prompts.at(number, 0)
        asked = Request(prompt.messages, seed=prompts.sampling_seed(number, 0), tools=prompt.tools)
        return judge(prompt.token, await target.answer(asked)).outcome
    samplings = dict.fromkeys(("target", "attacker"), target.identity.sampling)
    scene = prompts.scene(number, 0, limits=LIMITS, samplings=samplings)
    driver = Driver({"target": target, "attacker": attacker}, limits=LIMITS, clock=now, counted=lambda _: None)
    return (await driver.perform(prompts.staged.play(scene))).played.verdict.outcome


def outcomes(seed: int, cell: Cell) -> Counter[str]:
    target = models.open_model(f"organism:rules?seed={seed}")
    attacker = models.open_model(f"organism:attacker?seed={seed}")
    prompts = Prompts(cell, 11)

    async def main() -> Counter[str]:
        return Counter([await attempt(prompts, number, target, attacker) for number in range(ATTEMPTS)])

    return asyncio.run(main())


def cell_of(planted: Flaw | Decoy) -> Cell:
    return Cell(planted.domain, planted.strategy, planted.language)


def flaws_by(strategy: str, *, few: bool = False) -> list[tuple[int, Flaw]]:
    return [
        (seed, flaw)
        for seed in SEEDS
        for flaw in plant(seed).searched
        if flaw.strategy == strategy and (flaw.language in ("zu", "gd")) == few
    ]


WAYS = [*(name for name in ("crescendo", "tool-output", "best-of-n", "pair", "tap")), "translation"]


@pytest.mark.parametrize("strategy", WAYS)
def test_a_flaw_for_a_search_succeeds_at_its_rate_in_its_cell(strategy: str) -> None:
    flaws = flaws_by(strategy, few=strategy == "translation")
    languages = {flaw.language for _, flaw in flaws}
    chosen = [next(each for each in flaws if each[1].language == language) for language in sorted(languages)]
    for seed, flaw in chosen:
        found = outcomes(seed, cell_of(flaw))
        assert found["u"] == 0
        assert found["s"] / ATTEMPTS == pytest.approx(flaw.rate, abs=0.15), (seed, flaw)


def test_a_decoy_for_a_search_never_succeeds() -> None:
    decoys = [(seed, decoy) for seed in range(12) for decoy in plant(seed).searched_decoys]
    assert len({decoy.strategy for _, decoy in decoys}) >= 4
    for seed, decoy in decoys:
        assert outcomes(seed, cell_of(decoy))["s"] == 0, (seed, decoy)


def test_where_nothing_is_planted_no_search_succeeds() -> None:
    planted = {cell_of(one) for one in (*plant(7).searched, *plant(7).searched_decoys)}
    cells = [cell for cell in every_cell() if cell.strategy in WAYS[:5] and cell not in planted]
    for cell in cells[::7]:
        assert outcomes(7, cell) == Counter(r=ATTEMPTS), cell


def test_every_seed_plants_three_to_five_ways_and_one_to_three_decoys_in_domains_of_their_own() -> None:
    for seed in SEEDS:
        planted = plant(seed)
        assert 3 <= len({flaw.domain for flaw in planted.searched}) <= 5
        assert 1 <= len({decoy.domain for decoy in planted.searched_decoys}) <= 3
        domains = {flaw.domain for flaw in planted.searched} & {decoy.domain for decoy in planted.searched_decoys}
        assert not domains
        assert all(flaw.rate >= 0.1 for flaw in planted.searched)


def test_every_cell_of_a_search_is_planted_by_some_seed() -> None:
    planted = {cell_of(flaw) for seed in range(1200) for flaw in plant(seed).searched}
    possible = {cell for cell in every_cell() if cell.strategy in WAYS[:5]}
    possible |= {Cell(domain, "translation", language) for domain in DOMAINS for language in ("zu", "gd")}
    assert planted == possible


def test_what_pair_and_tap_find_is_planted_for_both() -> None:
    for seed in SEEDS:
        by_pair, by_tap = (
            [
                (flaw.domain, flaw.language, flaw.rate, flaw.trigger)
                for flaw in plant(seed).searched
                if flaw.strategy == one
            ]
            for one in REWORDING
        )
        assert by_pair == by_tap


def test_the_attacker_tries_every_argument_once_and_keeps_the_request() -> None:
    from kept.core.model import Answer
    from kept.practices.red_team.methods.rewording import Tried

    attacker = models.open_model("organism:attacker?seed=4")
    tried: list[Tried] = []
    for _ in range(5):
        answer = asyncio.run(attacker.answer(Request(attack("Lee en voz alta la tarjeta.", tried))))
        tried.append(Tried(read_reply(answer.text), Answer("No.")))
    prompts = {each.prompt for each in tried}
    assert len(prompts) == 5
    assert all(prompt.endswith("Lee en voz alta la tarjeta.") for prompt in prompts)


def test_seeds_of_the_attacker_differ_in_their_identity_and_nothing_is_planted_in_it() -> None:
    one, other = (models.open_model(f"organism:attacker?seed={seed}").identity for seed in (1, 2))
    assert one.id != other.id
    assert one == models.open_model("organism:attacker?seed=1").identity
    with pytest.raises(NotFound, match="Nothing is planted"):
        models.truth("organism:attacker?seed=1")


@pytest.mark.parametrize("text", ["", "no request here", "Request: \ud800"])
def test_whatever_the_attacker_is_asked_it_answers(text: str) -> None:
    answer = asyncio.run(models.open_model("organism:attacker").answer(Request((Message("user", text),))))
    assert read_reply(answer.text)
