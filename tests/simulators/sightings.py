"""Statements about what was shared and seen, as a provider would make them."""

from typing import Any

from kept.predicates.disclosure_replay_plan import Errors
from kept.predicates.sharing_sighting import limits_of
from simulators.replays import JUDGE, MODEL, SALTED, STATED

ISSUED = {"issued": "2026-11-22T07:30:00Z", "by": "provider"}


def plan(errors: dict[str, Any] = STATED, **more: Any) -> dict[str, Any]:
    said = {"replay": "q-0123456789abcdef", "pattern": SALTED, "script": SALTED, "model": MODEL, "judge": JUDGE}
    return {**said, "errors": errors, "attempts": 20, "seed": 7, **ISSUED, **more}


def result(outcomes: str = "s" * 12 + "r" * 7 + "u", errors: dict[str, Any] = STATED, **more: Any) -> dict[str, Any]:
    said = {
        "replay": "q-0123456789abcdef",
        "plan": 3,
        "state": "completed",
        "pattern": SALTED,
        "model": MODEL,
        "judge": JUDGE,
        "errors": errors,
        "attempts": len(outcomes),
        "error": 50_000,
        "deterministic": False,
        "outcomes": outcomes,
        "counted": outcomes,
        **ISSUED,
        **more,
    }
    low, high, bound = limits_of(said["counted"], Errors.model_validate(errors), error=50_000)
    return {"low": low, "high": high, "bound": bound, **said}


def channel(**more: Any) -> dict[str, Any]:
    counts = {"collections": 2, "partners": 3, "silent": 1}
    return {
        "channel": SALTED,
        "active": True,
        "standard": "STIX 2.1",
        "transport": "TAXII 2.1",
        **counts,
        **ISSUED,
        **more,
    }


def release(**more: Any) -> dict[str, Any]:
    shared = [{"kind": "circumvention", "tlp": "green", "count": 3}, {"kind": "sighting", "tlp": "amber", "count": 1}]
    span = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-21T23:59:59Z"}
    untold = [{"reason": "decided", "count": 1}, {"reason": "undecided", "count": 2}]
    waiting = [{"urgency": "immediate", "count": 2, "late": 1}]
    counts = {"items": 4, "recipients": 2, "received": 7, "withheld": untold, "unanswered": waiting}
    return {"batch": SALTED, **span, "shared": shared, **counts, **ISSUED, **more}


def acknowledgement(**more: Any) -> dict[str, Any]:
    times = {"received": "2026-11-21T07:30:00Z", "due": "2026-11-21T08:30:00Z", "acknowledged": "2026-11-21T08:00:00Z"}
    said = {"notice": SALTED, "channel": "incident", "urgency": "immediate", **times, "in_time": True, "calls": 2}
    return {**said, **ISSUED, **more}


def adoption(**more: Any) -> dict[str, Any]:
    counts = {"members": 5, "yes": 3, "no": 1, "abstained": 0, "quorum": 500_000, "threshold": 666_667}
    said = {"draft": SALTED, "result": SALTED, "kind": "definition", "title": "What a jailbreak is", **counts}
    return {**said, "closed": "2026-11-21T07:30:00Z", **ISSUED, **more}
