"""Logs in which a posture is recorded, as verifiers read them: honest ones, and ones that say what they don't give."""

from collections.abc import Callable, Mapping
from typing import Any

from kept.core.commitments import fields, ladder
from kept.core.commitments.facts import extract
from kept.practices.reporting.records import Known
from kept.predicates import access_summary, security_drill, security_posture, weights_custody, weights_lease
from kept.predicates.security_posture import Measure, reached
from simulators import custody

ISSUED = "2026-11-28T07:30:00Z"
OTHER = "sha256:" + "7b" * 32
Log = list[Known]


def log(*said: tuple[str, Mapping[str, Any]]) -> Log:
    """What the provider recorded about its weights, of no governed model."""
    return [Known(at, kind, "", dict(held), roles=frozenset({"provider"})) for at, (kind, held) in enumerate(said)]


def guarded() -> Log:
    """Two sets of weights, one of which was destroyed, with leases, drills and a summary."""
    drills = [(security_drill.TYPE, custody.drill(scenario=name)) for name in ("bit-changed", "third-copy")]
    failed = custody.drill(scenario="own-approval", state="failed", answer="none", code="", seconds=None)
    return log(
        (weights_custody.TYPE, custody.custody(model="", event="sealed")),
        (weights_custody.TYPE, custody.custody(model="", weights=OTHER, sealed=False, files=[])),
        (weights_lease.TYPE, custody.lease()),
        *drills,
        (security_drill.TYPE, failed),
        (access_summary.TYPE, custody.summary()),
        (weights_custody.TYPE, custody.custody(model="", weights=OTHER, event="destroyed")),
        (weights_custody.TYPE, custody.custody(model="")),
    )


def stated(before: Log, **more: Any) -> dict[str, Any]:
    """The posture that these statements give."""
    held = [each for each in before if not each.void]
    facts = [extract(each.predicate, each.fields, index=each.index, model=each.model) for each in held]
    as_of = fields.time(more.get("issued", ISSUED))
    assert as_of is not None
    found = [
        Measure(id=each.measure.id, level=each.measure.level, reading=each.reading, evidence=each.evidence[-64:])
        for each in ladder.read(facts, as_of=as_of)
    ]
    return {
        "framework": ladder.ladder().framework,
        "catalog": f"sha256:{ladder.ladder().digest}",
        "size": len(before),
        "level": reached(tuple(found)),
        "measures": [each.model_dump(mode="json") for each in found],
        "met": sum(each.reading == "met" for each in found),
        "issued": ISSUED,
        "by": "provider",
        **more,
    }


def recorded(before: Log, said: Mapping[str, Any]) -> Log:
    """The statements, and the posture behind them."""
    last = Known(len(before), security_posture.TYPE, "", dict(said), roles=frozenset({"provider"}))
    return [*before, last]


def reading_changed(said: dict[str, Any], to: str) -> dict[str, Any]:
    """The same posture, in which a measure that was contradicted or missing reads otherwise, and the sums fit."""
    measures = [dict(each) for each in said["measures"]]
    chosen = next(each for each in measures if each["reading"] in ("contradicted", "missing"))
    chosen |= {"reading": to, "evidence": [0]}
    met = sum(each["reading"] == "met" for each in measures)
    level = reached(tuple(Measure(**each) for each in measures))
    return {**said, "measures": measures, "met": met, "level": level}


def evidence_changed(said: dict[str, Any]) -> dict[str, Any]:
    """The same posture, in which a measure that is met names other evidence."""
    measures = [dict(each) for each in said["measures"]]
    chosen = next(each for each in measures if each["reading"] == "met")
    chosen["evidence"] = [index + 1 for index in chosen["evidence"][:1]]
    return {**said, "measures": measures}


def without(before: Log, index: int, **more: Any) -> Log:
    """The log whose statement at an index can't be read any more."""
    return [Known(at, each.predicate, "", None, **more) if at == index else each for at, each in enumerate(before)]


HONEST: Mapping[str, Callable[[], Log]] = {
    "nothing was recorded before": lambda: recorded([], stated([])),
    "much was recorded before": lambda: recorded(guarded(), stated(guarded())),
    "long ago": lambda: recorded(guarded(), stated(guarded(), issued="2027-11-28T07:30:00Z")),
    "before anything was issued": lambda: recorded(guarded(), stated(guarded(), issued="2026-01-01T00:00:00Z")),
    "read before the last two were recorded": lambda: recorded(guarded(), stated(guarded()[:-2])),
    "one was erased when it was read": lambda: recorded(without(guarded(), 8), stated(without(guarded(), 8))),
    "one was void when it was read": lambda: recorded(
        without(guarded(), 5, void=True), stated(without(guarded(), 5, void=True))
    ),
}
GONE: Mapping[str, Callable[[], Log]] = {
    "erased since": lambda: recorded(without(guarded(), 8), stated(guarded())),
    "void since": lambda: recorded(without(guarded(), 3, void=True), stated(guarded())),
}
FALSE: Mapping[str, Callable[[], Log]] = {
    "a measure is met that isn't": lambda: recorded(guarded(), reading_changed(stated(guarded()), "met")),
    "a measure is stale that isn't": lambda: recorded(guarded(), reading_changed(stated(guarded()), "stale")),
    "other evidence": lambda: recorded(guarded(), evidence_changed(stated(guarded()))),
    "a measure is left out": lambda: recorded(
        guarded(), {**stated(guarded()), "measures": stated(guarded())["measures"][:-1]}
    ),
    "a log that was not yet": lambda: recorded(guarded(), stated(guarded(), size=10)),
    "what was erased since is of no measure": lambda: recorded(
        [*guarded(), Known(9, "https://kept.example/predicates/publication/v1", "", None)],
        reading_changed(stated(guarded(), size=10), "stale"),
    ),
}
