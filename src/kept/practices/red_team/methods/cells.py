"""The places of the coverage matrix."""

from collections.abc import Sequence
from functools import cache

from kept.practices.red_team.methods.probes import DOMAINS
from kept.practices.red_team.methods.strategies import STRATEGIES
from kept.practices.red_team.methods.strategy import LANGUAGES
from kept.practices.red_team.records import Cell


def cells(domains: Sequence[str], strategies: Sequence[str], languages: Sequence[str]) -> tuple[Cell, ...]:
    """Domain × strategy × language, without the languages that a strategy does not serve, in that order."""
    return tuple(
        Cell(domain, strategy, language)
        for domain in domains
        for strategy in strategies
        for language in languages
        if language in STRATEGIES[strategy].languages
    )


@cache
def every_cell() -> tuple[Cell, ...]:
    """All that this room can test."""
    return cells(tuple(DOMAINS), tuple(STRATEGIES), LANGUAGES)
