"""Statements on weaknesses that others report, as the disclosure room records them."""

from collections.abc import Sequence
from typing import Any

from kept.core.estimate import clopper_pearson
from kept.core.estimate.survival import Waited, median
from simulators.studies import MODEL

ISSUED = {"issued": "2026-11-22T07:30:00Z", "by": "provider"}
DOCUMENT, SCOPE = "sha256:" + "1d" * 32, "sha256:" + "2c" * 32
RULES, HARBOUR = "sha256:" + "3b" * 32, "sha256:" + "4a" * 32


def programme(**more: Any) -> dict[str, Any]:
    """A programme with a contest."""
    return {
        "model": MODEL,
        "programme": "assistant",
        "version": 2,
        "title": "Weaknesses of our assistant",
        "active": True,
        "rewards": True,
        "document": DOCUMENT,
        "scope": SCOPE,
        "rules": RULES,
        "safe_harbour": HARBOUR,
        "languages": ["en", "pt-BR"],
        "currency": "USD",
        "terms": [{"severity": "high", "amount": 2500, "replays": 30, "threshold": 0.4}],
        "level": 0.95,
        "submissions": 3,
        "acknowledge_days": 3,
        "assess_days": 14,
        "fix_days": 60,
        "publish_days": 90,
        "contests": [
            {
                "id": "winter",
                "title": "Winter contest",
                "opens": "2027-01-01",
                "closes": "2027-01-31",
                "prizes": [{"place": 1, "amount": 5000}],
            }
        ],
        **ISSUED,
        **more,
    }


def report(**more: Any) -> dict[str, Any]:
    """A report that came in under it."""
    return {
        "report": "sha256:" + "5e" * 32,
        "programme": "assistant",
        "version": 2,
        "document": DOCUMENT,
        "scope": SCOPE,
        "safe_harbour": HARBOUR,
        "route": "page",
        **ISSUED,
        **more,
    }


def fix(**more: Any) -> dict[str, Any]:
    """A fix by a new version of the model."""
    return {
        "model": MODEL,
        "report": "sha256:" + "6e" * 32,
        "version": "2026-11",
        "how": "model",
        "severity": "high",
        "days": 21.5,
        "evidence": (),
        **ISSUED,
        **more,
    }


def took(*days: float, still: Sequence[float] = ()) -> list[dict[str, Any]]:
    """Times that ended, and times that have not, sorted."""
    told = [(each, True) for each in days] + [(each, False) for each in still]
    return [{"days": each, "ended": ended} for each, ended in sorted(told)]


def summary(
    acknowledge: list[dict[str, Any]] | None = None, fix: list[dict[str, Any]] | None = None, **more: Any
) -> dict[str, Any]:
    """A summary of reports, with the figures that its times give."""
    acknowledge = took(0.2, 0.5, 0.5, 1, 1.5, 2, 2.5, 4, still=(0.1, 3)) if acknowledge is None else acknowledge
    fix = took(3, 8, 8, 20, 31, still=(2, 40)) if fix is None else fix
    said = {"decided": 8, "reproduced": 7, "level": 0.95, **more}
    medians = {
        name: median([Waited(**each) for each in took], level=said["level"]).document()
        for name, took in (("time_to_acknowledge", acknowledge), ("time_to_fix", fix))
    }
    return {
        "since": "2026-08-22T00:00:00Z",
        "until": "2026-11-22T07:00:00Z",
        "received": len(acknowledge),
        "merged": 1,
        "out_of_scope": 1,
        "fixed": 5,
        "published": 3,
        "unpublished": 2,
        "open": 4,
        "overdue": 0,
        "acknowledge": acknowledge,
        "fix": fix,
        **medians,
        "reproduction": clopper_pearson(said["reproduced"], said["decided"], level=said["level"]).document(),
        **ISSUED,
        **said,
    }
