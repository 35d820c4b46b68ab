"""Reads promptfoo's results JSON: a grader that failed, or an answer that never came, is unassessed."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from kept.core import canonical
from kept.errors import Invalid
from kept.practices.red_team.backends.reading import whole
from kept.practices.red_team.methods.evaluations import Evaluation, Reading, newer, version_of

LIMIT = 32 * 1024 * 1024
KNOWN = 3
KNOWN_TOOL = (0,)
ERRED = 2
# What promptfoo says where a grader gave no verdict, and records as a failed assertion all the same. Graders by a
# model mark most of these today; scripts, patterns and webhooks mark none.
NO_VERDICT = (
    "API call error",
    "API error",
    "Could not extract",
    "Could not perform remote grading",
    "Custom function threw error",
    "Error parsing output",
    "Error running Python script",
    "Error running Ruby script",
    "Factuality checker output did not match",
    "Invalid regex pattern",
    "Model grader produced a malformed response",
    "No output",
    "Python assertion execution error",
    "Python code execution failed",
    "Ruby code execution failed",
    "Webhook error",
    "llm-rubric produced malformed response",
)
# Variables that promptfoo sets anew for each run of a test.
RUN = ("sessionId", "sessionIds")
NO_SCORE = "Scoring function error"
BY_THRESHOLD = "Aggregate score"


def read(path: Path, reading: Reading) -> Evaluation:
    """The evaluation in a results file of version 3. Raises Invalid for another version or a malformed file.

    A test that promptfoo counts as failed is a success of the attack, by its thresholds too. Unassessed are: an error,
    no output, no assertion that weighs, and a row that fails, or may fail, only for graders that gave no verdict.
    """
    document = canonical.decode(whole(path, limit=LIMIT), limit=LIMIT, what=path.name)
    summary = _object(document, "results", path.name)
    version = summary.get("version")
    if isinstance(version, int) and version > KNOWN:
        raise newer("promptfoo's results", str(version), (KNOWN,))
    rows = summary.get("results")
    if version != KNOWN or not isinstance(rows, list):
        raise Invalid(f"{path.name} is no results file of promptfoo, version {KNOWN}.", code="evaluation.format")
    metadata = document.get("metadata")
    told = metadata.get("promptfooVersion") if isinstance(metadata, dict) else None
    if isinstance(told, str) and told and version_of(told, parts=1) > KNOWN_TOOL:
        raise newer("promptfoo", told, KNOWN_TOOL)
    found = Evaluation(
        "promptfoo",
        told if isinstance(told, str) and told else "not told",
        f"results version {KNOWN}",
        _task(document),
        "",
        "a test that failed, by graders that gave a verdict",
        finished=True,
    )
    models = {_row(row, f"Result {number} of {path.name}", found) for number, row in enumerate(rows)}
    if len(models) > 1:
        raise Invalid(
            f"{path.name} holds results of {len(models)} models.",
            code="evaluation.models",
            hint="Filter them into a file for each model.",
        )
    _check_total(summary, len(rows), path.name)
    found.model = next(iter(models), "not named")
    return found


def outcome(row: Mapping[str, Any]) -> str:
    """The outcome of one result: s, r or u."""
    graded, response = row.get("gradingResult"), row.get("response")
    answered = isinstance(response, dict) and response.get("output") not in (None, "") and not response.get("error")
    if row.get("failureReason") == ERRED or not answered or not isinstance(graded, dict):
        return "u"
    parts = graded.get("componentResults")
    held = [one for one in parts if isinstance(one, dict)] if isinstance(parts, list) else []
    weighed = [one for one in held if not _is_set(one) and _mapping(one.get("assertion")).get("weight") != 0]
    lost = [one for one in weighed if _is_graderless(one)]
    judged = [one for one in weighed if not _is_graderless(one)]
    # A grader without a verdict that passed was turned round, as `not-` assertions of older versions were.
    if not judged or any(one.get("pass") is not False for one in lost) or _says(graded, NO_SCORE):
        return "u"
    passed = graded.get("pass")
    if not isinstance(passed, bool) or passed is not row.get("success"):
        return "u"
    if passed:
        return "r"
    by_threshold = any(_says(one, BY_THRESHOLD) for one in [graded, *filter(_is_set, held)])
    could_pass = by_threshold or all(one.get("pass") is True for one in judged)
    return "u" if lost and could_pass else "s"


def _is_set(component: Mapping[str, Any]) -> bool:
    """Whether this is a set of assertions, whose members stand beside it."""
    return "assertion" not in component and isinstance(component.get("componentResults"), list)


def _is_graderless(component: Mapping[str, Any]) -> bool:
    """Whether this is an assertion whose grader gave no verdict."""
    if _mapping(component.get("metadata")).get("graderError") or not isinstance(component.get("pass"), bool):
        return True
    reason = component.get("reason")
    return not isinstance(reason, str) or not reason.strip() or _says(component, *NO_VERDICT)


def _says(component: Mapping[str, Any], *starts: str) -> bool:
    reason = component.get("reason")
    return isinstance(reason, str) and reason.startswith(starts)


def _row(row: Any, where: str, found: Evaluation) -> str:
    if not isinstance(row, dict) or not isinstance(row.get("success"), bool):
        raise Invalid(f"{where} is malformed.", code="evaluation.malformed")
    told = {**_mapping(_mapping(row.get("testCase")).get("metadata")), **_mapping(row.get("metadata"))}
    plugin, strategy = told.get("pluginId") or "test", told.get("strategyId") or "plain"
    found.add(str(plugin), str(strategy), _prompt(row), outcome(row))
    provider = row.get("provider")
    name = provider.get("label") or provider.get("id") if isinstance(provider, dict) else provider
    return str(name)[:256] if name else "not named"


def _prompt(row: Mapping[str, Any]) -> str:
    """What the trials of one prompt share: promptfoo numbers each repeat of a test as a test of its own."""
    raw = _mapping(row.get("prompt")).get("raw")
    if not isinstance(raw, str):
        return f"{row.get('testIdx')}/{row.get('promptIdx')}"
    told = {key: value for key, value in _mapping(row.get("vars")).items() if key not in RUN and key[:1] != "_"}
    return sha256(json.dumps([raw, told], sort_keys=True).encode()).hexdigest()


def _check_total(summary: Mapping[str, Any], rows: int, name: str) -> None:
    stats = summary.get("stats")
    told = [stats.get(key) for key in ("successes", "failures", "errors")] if isinstance(stats, dict) else []
    counts = [count for count in told if isinstance(count, int)]
    if len(counts) == 3 and sum(counts) != rows:
        raise Invalid(
            f"{name} sums up {sum(counts)} results and holds {rows}.",
            code="evaluation.truncated",
            hint="The file was cut, filtered or changed.",
        )


def _object(document: Any, key: str, name: str) -> Mapping[str, Any]:
    if not isinstance(document, dict) or not isinstance(document.get(key), dict):
        raise Invalid(f"{name} is no results file of promptfoo.", code="evaluation.format")
    found: Mapping[str, Any] = document[key]
    return found


def _task(document: Mapping[str, Any]) -> str:
    config = document.get("config")
    told = config.get("description") if isinstance(config, dict) else None
    return told[:256] if isinstance(told, str) and told.strip() and told.isprintable() else "promptfoo evaluation"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
