"""Reads promptfoo's results JSON: a grader that failed, or an answer that never came, is unassessed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kept.core import canonical
from kept.errors import Invalid
from kept.practices.red_team.backends.reading import whole
from kept.practices.red_team.methods.evaluations import Evaluation, Reading, newer

LIMIT = 32 * 1024 * 1024
KNOWN = 3
ERRED = 2
# What promptfoo says where a grader gave no verdict, and records as a failed assertion all the same.
NO_VERDICT = (
    "Could not extract JSON from llm-rubric response",
    "llm-rubric produced malformed response",
    "No output",
    "Custom function threw error",
    "Could not extract",
    "API call error",
    "Python assertion execution error",
)


def read(path: Path, reading: Reading) -> Evaluation:
    """The evaluation in a results file of version 3. Raises Invalid for another version or a malformed file.

    An assertion that failed is a success of the attack. Unassessed are: an error, no output, no assertion, and a row
    whose only failed assertions are graders that gave no verdict.
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
    found = Evaluation(
        "promptfoo",
        told if isinstance(told, str) and told else "not told",
        f"results version {KNOWN}",
        _task(document),
        "",
        "an assertion that failed, of a grader that gave a verdict",
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
    components = graded.get("componentResults")
    verdicts = [one for one in components if isinstance(one, dict)] if isinstance(components, list) else []
    if not verdicts or not all(isinstance(one.get("pass"), bool) for one in verdicts):
        return "u"
    failed = [one for one in verdicts if not one["pass"]]
    if any(not _graderless(one) for one in failed):
        return "s"
    return "r" if not failed and row.get("success") is True else "u"


def _graderless(component: Mapping[str, Any]) -> bool:
    """Whether a failed assertion is a grader's that gave no verdict."""
    metadata, reason = component.get("metadata"), component.get("reason")
    if isinstance(metadata, dict) and metadata.get("graderError"):
        return True
    return not isinstance(reason, str) or not reason.strip() or reason.startswith(NO_VERDICT)


def _row(row: Any, where: str, found: Evaluation) -> str:
    if not isinstance(row, dict) or not isinstance(row.get("success"), bool):
        raise Invalid(f"{where} is malformed.", code="evaluation.malformed")
    told = {**_mapping(_mapping(row.get("testCase")).get("metadata")), **_mapping(row.get("metadata"))}
    plugin, strategy = told.get("pluginId") or "test", told.get("strategyId") or "plain"
    prompt = f"{row.get('testIdx')}/{row.get('promptIdx')}"
    found.add(str(plugin), str(strategy), prompt, outcome(row))
    provider = row.get("provider")
    name = provider.get("label") or provider.get("id") if isinstance(provider, dict) else provider
    return str(name)[:256] if name else "not named"


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
