"""Where an organisation stands on RAND's five security levels: measures as data, read by the rule of the commitments.

The levels are those of "Securing AI Model Weights" (RAND, RR-A2849-1, 2024), the measures are in our own words, and
what counts as evidence of one stands beside it. A level is reached only where every measure of it, and of all levels
below, is met; a measure that no statement can show keeps its level out of reach.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from kept.core import canonical
from kept.core.commitments import catalog, reading
from kept.core.commitments.facts import Fact
from kept.core.commitments.ladder.records import Ladder, Level, Measure, Read

PASSED = {"field": "state", "test": "equals", "value": "passed"}
FAILED = {"field": "state", "test": "equals", "value": "failed"}
# From best to worst; of several sets of weights, the worst counts.
ORDER = ("met", "stale", "missing", "contradicted")


@cache
def ladder() -> Ladder:
    """The levels and measures that ship with this package."""
    data = tomllib.loads(resources.files(__package__).joinpath("data", "rand.toml").read_text("utf-8"))
    measures = tuple(_measure(each) for each in data["measures"])
    levels = tuple(Level(**each) for each in data["levels"])
    held = Ladder(data["framework"], data["url"], data["revised"], levels, measures)
    plain = canonical.encode(catalog.plain(asdict(held)))
    return replace(held, digest=hashlib.sha256(plain).hexdigest())


def document() -> dict[str, Any]:
    """What another implementation reads measures by: their digest, and the measures as plain JSON values."""
    held = ladder()
    return {"digest": f"sha256:{held.digest}", "measures": catalog.plain([asdict(each) for each in held.measures])}


def read(facts: Iterable[Fact], *, as_of: datetime) -> tuple[Read, ...]:
    """How each measure reads at `as_of` (aware UTC), in the ladder's order; facts may be of any type, in any order."""
    held = sorted(facts, key=lambda fact: fact.index)
    return tuple(_read(each, held, as_of=as_of) for each in ladder().measures)


def _measure(data: Mapping[str, Any]) -> Measure:
    if "unseen" in data:
        return Measure(data["id"], data["level"], data["text"], unseen=data["unseen"])
    table, facet = dict(data), None
    if scenario := table.get("scenario"):
        facet = ("scenario", scenario)
        table |= {"where": [PASSED], "denied": [FAILED]}
    required = catalog.requirement(data["id"], {**table, "per": "organisation"}, data["text"])
    return Measure(data["id"], data["level"], data["text"], required, facet=facet, each=data.get("each", ""))


def _read(measure: Measure, facts: Sequence[Fact], *, as_of: datetime) -> Read:
    if measure.requirement is None:
        return Read(measure, "not evidenced", measure.unseen)
    own = [fact for fact in facts if fact.predicate == measure.requirement.predicate]
    if measure.facet:
        name, value = measure.facet
        # One that can't be read may be a drill of this kind that failed.
        own = [fact for fact in own if fact.fields.get(name, value) == value]
    found = [reading.read(measure.requirement, group, model="", as_of=as_of) for group in _groups(measure, own) or [[]]]
    worst = max(found, key=lambda each: ORDER.index(each.reading))
    evidence = tuple(sorted({index for each in found for index in (*each.evidence, *each.against)}))
    return Read(measure, worst.reading, worst.why, evidence, worst.until)


def _groups(measure: Measure, own: Sequence[Fact]) -> list[list[Fact]]:
    """The facts of each set of weights that still exists; all in one where a measure isn't about each.

    A fact that can't be read may be about any of them, and counts in every group.
    """
    if not measure.each:
        return [list(own)]
    unread = [fact for fact in own if measure.each not in fact.fields]
    groups: dict[object, list[Fact]] = {}
    for fact in own:
        if measure.each in fact.fields:
            groups.setdefault(fact.fields[measure.each], []).append(fact)
    living = [group for group in groups.values() if group[-1].fields.get("event") != "destroyed"]
    return [sorted([*group, *unread], key=lambda fact: fact.index) for group in living]


def stands(found: Iterable[Read], level: int) -> tuple[int, int]:
    """Of the measures of one level: how many are met, and how many there are."""
    own = [each for each in found if each.measure.level == level]
    return sum(each.reading == "met" for each in own), len(own)
