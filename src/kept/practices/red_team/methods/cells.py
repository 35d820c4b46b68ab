"""The places of the coverage matrix."""

from collections.abc import Sequence
from functools import cache

from kept.practices.red_team.methods.probes import DOMAINS, probes
from kept.practices.red_team.methods.strategies import STRATEGIES
from kept.practices.red_team.methods.strategy import LANGUAGES, Staged
from kept.practices.red_team.records import Cell, Probe


def cells(domains: Sequence[str], strategies: Sequence[str], languages: Sequence[str]) -> tuple[Cell, ...]:
    """Domain × strategy × language, without the domains and languages that a strategy does not serve, in that order."""
    return tuple(
        Cell(domain, strategy, language)
        for domain in domains
        for strategy in strategies
        for language in languages
        if language in STRATEGIES[strategy].languages and probes_of(domain, strategy)
    )


def probes_of(domain: str, strategy: str) -> tuple[Probe, ...]:
    """The probes that a strategy tries in a domain, in their declared order: its own, or the domain's."""
    chosen = STRATEGIES[strategy]
    if isinstance(chosen, Staged) and chosen.probes is not None:
        return chosen.probes.get(domain, ())
    return probes(domain)


def probe_ids(domains: Sequence[str], strategies: Sequence[str]) -> tuple[str, ...]:
    """The ids of all probes that take part, in the order of domains and strategies, each once."""
    places = ((domain, strategy) for domain in domains for strategy in strategies)
    return tuple(dict.fromkeys(probe.id for domain, strategy in places for probe in probes_of(domain, strategy)))


@cache
def every_cell() -> tuple[Cell, ...]:
    """All that this room can test."""
    return cells(tuple(DOMAINS), tuple(STRATEGIES), LANGUAGES)
