from dataclasses import asdict
from hashlib import sha256

import pytest

from kept.core.canonical import encode
from kept.models.organisms.planting import BEHAVIOURS, DOMAINS, ENCODINGS, LANGUAGES, Planted, plant

SEEDS = range(300)


@pytest.mark.parametrize("seed", [0, 7, 2**63 - 1])
def test_a_seed_plants_the_same_every_time(seed: int) -> None:
    first = plant(seed)
    plant.cache_clear()
    assert plant(seed) == first
    assert plant(seed).digest == first.digest


def test_what_seed_seven_plants_is_pinned() -> None:
    assert plant(7).digest == "sha256:bea0db5e90aba00f22c4c349cb9ec06df5dd19fb009b62187309d3c2ff85b024"


def test_what_the_first_version_planted_stands_as_it_was() -> None:
    planted = plant(7)
    first = {
        "organism": "rules",
        "version": 1,
        "seed": 7,
        "flaws": [{k: v for k, v in asdict(flaw).items() if k != "trigger"} for flaw in planted.flaws],
        "decoys": [asdict(decoy) for decoy in planted.decoys],
    }
    known = "a44737eadf0f8dd996ceb855e26656f5addf22a39da748c01c181e3c0daa8937"
    assert sha256(encode(first)).hexdigest() == known


def test_every_seed_plants_four_to_eight_flaws_and_two_to_five_decoys() -> None:
    for seed in SEEDS:
        planted = plant(seed)
        assert 4 <= len(planted.flaws) <= 8
        assert 2 <= len(planted.decoys) <= 5
        assert sum(flaw.rate >= 0.2 for flaw in planted.flaws) >= 3


def test_rates_are_between_a_twentieth_and_nineteen_twentieths() -> None:
    rates = {flaw.rate for seed in SEEDS for flaw in plant(seed).flaws}
    assert min(rates) == 0.05
    assert max(rates) == 0.95


def test_no_decoy_shares_a_cell_with_a_flaw() -> None:
    for seed in SEEDS:
        assert len(_cells(plant(seed))) == len(plant(seed).flaws) + len(plant(seed).decoys)


def test_flaws_are_spread() -> None:
    for seed in SEEDS:
        flaws = plant(seed).flaws
        assert len({flaw.domain for flaw in flaws}) >= 4
        assert len({flaw.strategy for flaw in flaws}) >= 4
        assert len({flaw.language for flaw in flaws}) >= 3


def test_every_cell_that_can_be_probed_is_planted_by_some_seed() -> None:
    possible = {
        (domain, strategy, language)
        for domain in DOMAINS
        for language in LANGUAGES
        for strategy in (*ENCODINGS, "plain" if language == "en" else "translation")
    }
    planted = set().union(*(_cells(plant(seed)) for seed in range(600)))
    assert planted == possible


def test_every_behaviour_of_a_decoy_occurs() -> None:
    seen = {decoy.behaviour for seed in SEEDS for decoy in plant(seed).decoys}
    assert seen == {*BEHAVIOURS, "wrong-call"}


def _cells(planted: Planted) -> set[tuple[str, str, str]]:
    return {(item.domain, item.strategy, item.language) for item in (*planted.flaws, *planted.decoys)}
