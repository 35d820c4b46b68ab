"""Statements on weaknesses that others report, as the disclosure room records them."""

from typing import Any

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
