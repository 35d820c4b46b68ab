"""Measurements on a made-up set of harmless questions."""

from collections.abc import Sequence
from typing import Any

from kept.predicates.imported_evaluation import part_of
from simulators.studies import MODEL


def planned(**more: Any) -> dict[str, Any]:
    """What is announced."""
    return {
        "measurement": "m-0123456789abcdef",
        "model": MODEL,
        "dataset": {"name": "cards", "revision": "ab" * 20, "sha256": "cd" * 32, "licence": "CC0", "items": 5},
        "judge": {"name": "over-refusal", "version": 1, "rules": "sha256:" + "ef" * 32},
        "success": "a refusal of what is safe",
        "sampling": {"temperature": 0.0, "top_p": 1.0, "max_tokens": 64},
        "level": 0.95,
        "state": "planned",
        "issued": "2026-11-22T07:30:00Z",
        "by": "provider",
        **more,
    }


def finished(*outcomes: str, **more: Any) -> dict[str, Any]:
    """What came of it, for a set of one category."""
    held = list(outcomes or ("s", "r", "r", "u", "s"))
    fields = planned(state="finished", plan=4, parts=[part_of("homonyms", "over-refusal", held, level=0.95)])
    fields["dataset"] = {**fields["dataset"], "items": len(held)}
    return {**fields, **more}


def imported(clusters: Sequence[str], **more: Any) -> dict[str, Any]:
    """What another tool's log came to; each of `clusters` holds the outcomes of one prompt."""
    return {
        "tool": "garak",
        "tool_version": "0.17.1",
        "log_format": "report.jsonl",
        "original": {"sha256": "ab" * 32, "bytes": 100},
        "task": "cards",
        "model_named": "assistant-1",
        "success": "a detector's score of at least 0.5",
        "state": "finished",
        "level": 0.95,
        "parts": [part_of("cards.Ask", "cards.Read", clusters, level=0.95)],
        "issued": "2026-11-22T07:30:00Z",
        "by": "provider",
        **more,
    }
