"""Statements about replays and rewards, as a provider would make them."""

import random
from typing import Any

from sqlalchemy import Connection

from kept.practices.disclosure.service.tables.replays import REPLAYS, VERSIONS, WEAKNESSES
from kept.predicates.disclosure_replay import bound_of
from kept.predicates.disclosure_replay_plan import Errors

MODEL = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
SALTED = "sha256:" + "c" * 64
JUDGE = {"name": "exact-card", "version": 1}
STATED = {"false_positives": 3}
COUNTED = {"counted": {"recorded": 2, "true_positives": 95, "positives": 100, "true_negatives": 198, "negatives": 200}}


def plan(errors: dict[str, Any] = STATED, **more: Any) -> dict[str, Any]:
    return {
        "replay": "p-0123456789abcdef",
        "purpose": "report",
        "report": SALTED,
        "weakness": SALTED,
        "script": SALTED,
        "versions": [{"model": MODEL, "errors": errors}],
        "judge": JUDGE,
        "attempts": 20,
        "threshold": 500_000,
        "level": 50_000,
        "submission": 1,
        "seed": 7,
        "issued": "2026-11-22T07:30:00Z",
        "by": "provider",
        **more,
    }


def drawn_errors(chance: random.Random) -> dict[str, Any]:
    """A judge's errors as up to 600 labels tell them."""
    positives, negatives = chance.randint(1, 300), chance.randint(1, 300)
    found = {"true_positives": chance.randint(positives // 2, positives), "positives": positives}
    found |= {"true_negatives": chance.randint(negatives // 2, negatives), "negatives": negatives}
    return {"counted": {"recorded": 1, **found}}


def result(outcomes: str = "s" * 18 + "ru", errors: dict[str, Any] = STATED, **more: Any) -> dict[str, Any]:
    said = {
        "replay": "p-0123456789abcdef",
        "plan": 3,
        "purpose": "report",
        "state": "completed",
        "model": MODEL,
        "versions": 1,
        "judge": JUDGE,
        "errors": errors,
        "attempts": len(outcomes),
        "threshold": 500_000,
        "level": 50_000,
        "submission": 1,
        "deterministic": False,
        "outcomes": outcomes,
        "counted": outcomes,
        "issued": "2026-11-22T07:30:00Z",
        "by": "provider",
        **more,
    }
    terms = {name: said[name] for name in ("level", "submission", "versions", "conversations") if name in said}
    bound = bound_of(said["counted"], Errors.model_validate(errors), **terms)
    return {"bound": bound, "reproduced": bound >= said["threshold"], **said}


def reward(**more: Any) -> dict[str, Any]:
    return {
        "reward": "w-0123456789abcdef",
        "kind": "bounty",
        "state": "approved",
        "programme": "assistant",
        "report": SALTED,
        "severity": "high",
        "replay": 4,
        "amount": 150_000,
        "currency": "EUR",
        "budget": 1_000_000,
        "committed": 400_000,
        "required": 2,
        "approvals": 2,
        "issued": "2026-11-22T07:30:00Z",
        "by": "provider",
        **more,
    }


def came_back(
    connection: Connection, *, report: str, number: int, severity: str = "high", bound: int = 640_000
) -> None:
    """Enter a report's replay that came back, as if it had been recorded at the index `number`."""
    weakness, made = f"k-{number:016x}", f"p-{number:016x}"
    row = {
        "id": made, "report": report, "purpose": "report", "programme": "assistant", "version": 1,
        "state": "recorded", "salt": b"s" * 32, "seed": 1, "release": "", "script": "", "claimed": severity,
        "severity": severity, "weakness": weakness, "submission": 1, "plan": "", "entry": number, "problem": "",
        "created": number, "ended": number,
    }  # fmt: skip
    connection.execute(REPLAYS.insert().values(**row))
    told = {"replay": made, "position": 0, "name": "assistant", "model": MODEL, "identity": "{}", "counted": "s"}
    connection.execute(VERSIONS.insert().values(**told, bound=bound, reproduced=1, entry=number))
    first = {"id": weakness, "programme": "assistant", "salt": b"s" * 32, "first": report, "tries": 1}
    connection.execute(WEAKNESSES.insert().values(**first, created=number))
