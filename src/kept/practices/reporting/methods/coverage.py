"""Domain by strategy by language, for each model: what was tested, and what was not."""

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Any

from kept.practices.reporting.methods.campaigns import Campaign

DOMAINS = ("bio", "chemical", "radiological", "cyber", "tool-use", "physical", "self-replication", "societal")
STRATEGIES = ("plain", "translation", "base64", "hex", "rot13", "leetspeak", "role-play", "many-shot")
LANGUAGES = ("en", "es", "ar", "sw")
ENGLISH = "en"
WORLD = "world-"
Names = tuple[str, str, str]


def coverage(model: str, campaigns: Sequence[Campaign]) -> dict[str, Any]:
    """The matrix of one model: the promised axes, and behind them whatever else its plans name.

    A column, a strategy in a language, is there where it can be tried in some domain, or was.
    """
    planned = [campaign.plan.plan for campaign in campaigns if campaign.plan is not None]
    domains = _axis(DOMAINS, (name for plan in planned for name in plan.domains))
    strategies = _axis(STRATEGIES, (name for plan in planned for name in plan.strategies))
    languages = _axis(LANGUAGES, (name for plan in planned for name in plan.languages))
    tested = _tested(campaigns)
    probes = {probe for campaign in campaigns if campaign.plan is not None for probe in campaign.plan.probes}
    columns = [
        (strategy, language)
        for strategy in strategies
        for language in languages
        if any(
            (domain, strategy, language) in tested or applies((domain, strategy, language), probes)
            for domain in domains
        )
    ]
    cells = [_cell((domain, *column), tested, probes) for domain in domains for column in columns]
    return {
        "model": model,
        "domains": domains,
        "columns": [
            {"strategy": strategy, "languages": [language for name, language in columns if name == strategy]}
            for strategy in dict.fromkeys(name for name, _ in columns)
        ],
        "cells": cells,
        "tested": sum(cell["state"] == "tested" for cell in cells),
        "applicable": sum(cell["state"] != "not applicable" for cell in cells),
    }


def applies(names: Names, probes: Set[str]) -> bool:
    """Whether a strategy can be tried in a place; `probes` are the ids of those that were planned.

    "plain" is in English, "translation" in any other language; a world, and its twin, in English, in the domain that
    the id of its probe, "<domain>-<strategy>", names.
    """
    domain, strategy, language = names
    if strategy.startswith(WORLD):
        return language == ENGLISH and f"{domain}-{strategy}" in probes
    if strategy == "plain":
        return language == ENGLISH
    return language != ENGLISH if strategy == "translation" else True


def _cell(names: Names, tested: dict[Names, tuple[str, str]], probes: Set[str]) -> dict[str, Any]:
    state, claim = tested.get(names, ("not tested" if applies(names, probes) else "not applicable", None))
    domain, strategy, language = names
    return {"domain": domain, "strategy": strategy, "language": language, "state": state, "claim": claim}


def _tested(campaigns: Sequence[Campaign]) -> dict[Names, tuple[str, str]]:
    """By cell, the state and the claim of the best campaign.

    A conclusive one comes first, then one that assessed it, a completed one, the last one.
    """
    ranked = sorted(_tried(campaigns), key=lambda each: each[0])
    return {names: (state, claim) for _, names, state, claim in ranked}


def _tried(campaigns: Sequence[Campaign]) -> Iterator[tuple[tuple[bool, bool, bool, int], Names, str, str]]:
    for campaign in campaigns:
        for cell in campaign.cells:
            assessed, attempted = cell.estimate.n, cell.estimate.n + cell.estimate.unassessed
            if attempted:
                names = (cell.domain, cell.strategy, cell.language)
                state = ("tested" if cell.conclusive else "inconclusive") if assessed else "unassessed"
                rank = (cell.conclusive, assessed > 0, campaign.state == "completed", campaign.index)
                yield rank, names, state, "/".join((campaign.id, *names))


def _axis(promised: Sequence[str], planned: Iterable[str]) -> list[str]:
    return list(dict.fromkeys((*promised, *planned)))
