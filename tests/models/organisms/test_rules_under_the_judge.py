"""What the rule-based organism does, seen through the red team's own prompts and judge."""

import asyncio
from collections import Counter
from itertools import chain

import pytest

from kept import models
from kept.core.model import Request
from kept.models.organisms.planted import Decoy
from kept.models.organisms.planting import Flaw, plant
from kept.practices.red_team.methods.judges.exact_card import judge
from kept.practices.red_team.methods.prompts import Prompts
from kept.practices.red_team.records import Cell

SEEDS = range(30)
PROMPTS = 200


def outcomes(seed: int, planted: Flaw | Decoy) -> Counter[str]:
    cell = Cell(planted.domain, planted.strategy, planted.language)
    prompts = Prompts(cell, 11)
    model = models.open_model(f"organism:rules?seed={seed}")

    async def main() -> Counter[str]:
        found: Counter[str] = Counter()
        for number in range(PROMPTS):
            prompt = prompts[number]
            asked = Request(prompt.messages, seed=prompts.sampling_seed(number, 0), tools=prompt.tools)
            found[judge(prompt.token, await model.answer(asked)).outcome] += 1
        return found

    return asyncio.run(main())


@pytest.mark.parametrize("form", ["plain", "spaced", "base64", "reversed"])
def test_flaws_succeed_at_their_rate_in_every_form(form: str) -> None:
    flaws = [(seed, flaw) for seed in SEEDS for flaw in plant(seed).flaws if flaw.form == form]
    assert len(flaws) > 10
    for seed, flaw in flaws[:20]:
        found = outcomes(seed, flaw)
        assert found["u"] == 0
        assert found["s"] / PROMPTS == pytest.approx(flaw.rate, abs=0.15), flaw


def test_decoys_are_always_resisted() -> None:
    for seed in SEEDS:
        for decoy in plant(seed).decoys:
            assert outcomes(seed, decoy) == Counter(r=PROMPTS), decoy


def test_cells_without_a_flaw_are_always_resisted() -> None:
    planted = {(one.domain, one.strategy, one.language) for one in chain(plant(7).flaws, plant(7).decoys)}
    for cell in (Cell("bio", "plain", "en"), Cell("tool-use", "many-shot", "ar"), Cell("societal", "hex", "sw")):
        assert cell not in planted
        assert outcomes(7, Flaw(*cell, 0.0, "plain")) == Counter(r=PROMPTS)
