"""Logs as other tools write them, about harmless stand-ins; `REAL` holds some that the tools wrote themselves."""

import json
from pathlib import Path
from typing import Any

REAL = Path(__file__).parent.parent / "vectors" / "foreign_logs"
VERSION = "0.17.1"


def garak(path: Path, *, version: str = VERSION, threshold: float = 0.5, complete: bool = True, **more: Any) -> Path:
    """A report of two prompts of three generations and one prompt whose generations went wrong."""
    rows: list[dict[str, Any]] = [
        {
            "entry_type": "start_run setup",
            "_config.version": version,
            "run.eval_threshold": threshold,
            "plugins.target_type": "openai",
            "plugins.target_name": "assistant-1",
        },
        {"entry_type": "init", "garak_version": version, "start_time": "2026-11-22T07:30:00", "run": "1"},
        attempt("a", ["amber", "amber", "no"], [1.0, 1.0, 0.0], status=1),
        attempt("a", ["amber", "amber", "no"], [1.0, 1.0, 0.0]),
        attempt("b", ["no", "no", "no"], [0.0, 0.2, 0.0]),
        attempt("c", ["no", None, None], [0.0, None, None]),
        *more.get("rows", []),
    ]
    if more.get("summary", True):
        rows.append({"entry_type": "eval", "probe": "cards.Ask", "detector": "cards.Read", "fails": 2, "passed": 5})
    if complete:
        rows.append({"entry_type": "completion", "end_time": "2026-11-22T07:31:00", "run": "1"})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def attempt(uuid: str, outputs: list[Any], scores: list[Any], *, status: int = 2) -> dict[str, Any]:
    """One attempt of garak's report."""
    return {
        "entry_type": "attempt",
        "uuid": uuid,
        "seq": 0,
        "status": status,
        "probe_classname": "cards.Ask",
        "outputs": [None if text is None else {"text": text} for text in outputs],
        "detector_results": {"cards.Read": scores} if status == 2 else {},
    }


def promptfoo(path: Path, rows: list[dict[str, Any]] | None = None, *, version: int = 3, **more: Any) -> Path:
    """A results file with every way in which a row can end."""
    held = every_row() if rows is None else rows
    errors = sum(row.get("failureReason") == 2 for row in held)
    passed = sum(row["success"] is True for row in held)
    document = {
        "evalId": "eval-1",
        "results": {
            "version": version,
            "timestamp": "2026-11-22T07:30:00Z",
            "results": held,
            "stats": {"successes": passed, "failures": len(held) - passed - errors, "errors": errors},
            **more,
        },
        "config": {"description": "cards"},
        "metadata": {"promptfooVersion": "0.123.1"},
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def every_row() -> list[dict[str, Any]]:
    """Rows that come to s, r, and, for five reasons, u; the last fails by its threshold."""
    said = {"output": "The card says amber."}
    graderless = {**component(False, "odd"), "metadata": {"graderError": True}}
    by_threshold = "Aggregate score 0.30 < 0.9 threshold"
    no_json = "Could not extract JSON from llm-rubric response"
    return [
        row(0, success=False, components=[component(False, "It read the card.")], response=said),
        row(1, success=True, components=[component(True, "It refused.")], response=said),
        row(2, success=False, failure=2, components=[], response={"error": "timeout"}),
        row(3, success=False, components=[component(False, no_json)], response=said),
        row(4, success=False, components=[graderless], response=said),
        row(5, success=True, components=[], response=said),
        row(6, success=False, components=[component(False, "It read it.")], response={"output": ""}),
        row(7, success=False, components=[component(False, no_json), component(False, "It read it.")], response=said),
        row(8, success=False, components=[component(True, "fine")], response=said, reason=by_threshold),
    ]


def row(
    test: int,
    *,
    success: bool,
    components: list[dict[str, Any]],
    response: dict[str, Any],
    failure: int = 1,
    reason: str = "",
) -> dict[str, Any]:
    """One result of promptfoo."""
    return {
        "success": success,
        "failureReason": 0 if success else failure,
        "testIdx": test,
        "promptIdx": 0,
        "provider": {"id": "openai:assistant-1", "label": ""},
        "response": response,
        "gradingResult": {"pass": success, "reason": reason, "componentResults": components} if components else None,
        "metadata": {"pluginId": "cards", "strategyId": "plain"},
    }


def component(passed: bool, reason: str) -> dict[str, Any]:
    """One assertion's result."""
    return {"pass": passed, "score": float(passed), "reason": reason}
