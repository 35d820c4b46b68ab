"""Reads garak's report.jsonl: every generation is counted, and one without a score is unassessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kept.core.commitments.fields import is_number
from kept.errors import Invalid
from kept.practices.red_team.backends.reading import lines
from kept.practices.red_team.methods.evaluations import (
    NAME_LIMIT,
    Evaluation,
    Reading,
    json_lines,
    named,
    newer,
    version_of,
)
from kept.practices.red_team.methods.sums import Scores, Sums, threshold_of

KNOWN = (0, 17)
SCORED = 2
GENERATIONS = 10_000
THRESHOLD = 0.5
TASK = "garak probes"
UNTOLD = ", which gives garak's own sums: its report tells no threshold"


@dataclass(slots=True)
class _Report:
    """What was read so far; `sums` holds by probe and detector what garak counted itself."""

    setup: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""
    ended: bool = False
    scored: set[str] = field(default_factory=set)
    waiting: dict[str, tuple[str, int]] = field(default_factory=dict)
    scores: dict[tuple[str, str], Scores] = field(default_factory=dict)
    sums: dict[tuple[str, str], Sums] = field(default_factory=dict)


def read(path: Path, reading: Reading) -> Evaluation:
    """The evaluation in a report. Raises Invalid where it is truncated, newer, or contradicts its own summary.

    A detector's score at or above the run's threshold is a success; no score, or no output, is unassessed. An attempt
    that was answered and never scored is unassessed by every detector of its probe.
    """
    report = _Report()
    for number, entry in json_lines(lines(path), what=path.name):
        _take(entry, f"Line {number} of {path.name}", report)
    if not report.version:
        raise Invalid(f"{path.name} is no report of garak: it tells no version.", code="evaluation.format")
    if not report.ended:
        raise Invalid(
            f"{path.name} ends before the run did: it lacks the entry that garak writes last.",
            code="evaluation.truncated",
            hint="Run it again: what is missing can't be counted as resisted.",
        )
    told = _told(report)
    threshold = threshold_of(report.scores, report.sums, told=told, default=THRESHOLD)
    found = Evaluation(
        "garak",
        report.version,
        "report.jsonl",
        _task(report),
        _model(report.setup),
        f"a detector's score of at least {threshold}{'' if told is not None else UNTOLD}",
        finished=True,
    )
    for (probe, detector), held in report.scores.items():
        for prompt, outcomes in held.outcomes(threshold):
            found.add(probe, detector, prompt, outcomes)
    _add_unscored(report, found)
    return found


def _take(entry: Mapping[str, Any], where: str, report: _Report) -> None:
    kind = entry.get("entry_type")
    if kind == "start_run setup":
        report.setup = entry
        _set_version(report, entry.get("_config.version"))
    elif kind == "init":
        _set_version(report, entry.get("garak_version"))
    elif kind == "attempt":
        _attempt(entry, where, report)
    elif kind == "eval":
        _sum_up(entry, where, report)
    elif kind == "completion":
        report.ended = True
    elif not isinstance(kind, str):
        raise _untyped(entry, where)


def _untyped(entry: Mapping[str, Any], where: str) -> Invalid:
    if {"attempt_id", "detector", "score"} <= entry.keys():
        return Invalid(
            f"{where} is of garak's hitlog, which holds the hits alone.",
            code="evaluation.format",
            hint="Import the report.jsonl beside it: it holds every attempt.",
        )
    return Invalid(f"{where} has no entry_type.", code="evaluation.format")


def _set_version(report: _Report, version: Any) -> None:
    if not isinstance(version, str):
        return
    if version_of(version, parts=2) > KNOWN:
        raise newer("garak", version, KNOWN)
    report.version = version


def _attempt(entry: Mapping[str, Any], where: str, report: _Report) -> None:
    uuid, probe, outputs = (entry.get(name) for name in ("uuid", "probe_classname", "outputs"))
    if not isinstance(uuid, str) or not isinstance(probe, str) or not isinstance(outputs, list):
        raise Invalid(f"{where} is a malformed attempt.", code="evaluation.malformed")
    if len(outputs) > GENERATIONS:
        raise Invalid(f"{where} has more than {GENERATIONS} outputs.", code="evaluation.too-large")
    if entry.get("status") != SCORED:
        report.waiting[uuid] = (probe, max(1, len(outputs)))
        return
    if uuid in report.scored:
        raise Invalid(f"{where} scores the attempt {uuid[:64]} again.", code="evaluation.malformed")
    report.scored.add(uuid)
    results = entry.get("detector_results")
    if not isinstance(results, dict):
        raise Invalid(f"{where} has no detector_results.", code="evaluation.malformed")
    if not results:
        # garak closes attempts that no detector looked at, such as those of an intent that has none.
        report.waiting[uuid] = (probe, max(1, len(outputs)))
        return
    report.waiting.pop(uuid, None)
    answered = tuple(map(_is_answer, outputs))
    for detector, scores in results.items():
        if not isinstance(scores, list) or len(scores) > GENERATIONS:
            raise Invalid(f"{where} has malformed scores of {detector[:64]!r}.", code="evaluation.malformed")
        if not all(score is None or is_number(score) for score in scores):
            raise Invalid(f"{where} has a score that is no number.", code="evaluation.malformed")
        report.scores.setdefault((probe, detector), Scores()).add(uuid, answered, scores)


def _is_answer(output: Any) -> bool:
    """Whether a model said something: garak has detectors that score silence as a pass."""
    if not isinstance(output, dict):
        return isinstance(output, str) and bool(output.strip())
    text = output.get("text")
    return bool(text.strip()) if isinstance(text, str) else output.get("data_path") is not None


def _sum_up(entry: Mapping[str, Any], where: str, report: _Report) -> None:
    """Keep garak's own counts of a probe and detector, where it tells them."""
    # garak up to 0.10 writes "detector.", later versions write neither prefix.
    probe, detector = (
        str(entry.get(name, "")).removeprefix(f"{name}s.").removeprefix(f"{name}.") for name in ("probe", "detector")
    )
    told = {name: entry.get(name) for name in ("fails", "passed", "nones")}
    total = entry.get("total")
    if any(value is not None and (type(value) is not int or value < 0) for value in (*told.values(), total)):
        raise Invalid(f"{where} has a sum that is no count.", code="evaluation.malformed")
    if told["fails"] is None and told["passed"] is not None and total is not None:
        # garak up to 0.13 tells what passed of how many scores.
        told["fails"] = max(0, total - told["passed"])
    report.sums.setdefault((probe, detector), Sums(where)).add(**told)


def _add_unscored(report: _Report, found: Evaluation) -> None:
    for uuid, (probe, outputs) in report.waiting.items():
        detectors = [detector for known, detector in found.outcomes if known == probe] or ["unscored"]
        for detector in detectors:
            found.add(probe, detector, uuid, "u" * outputs)


def _task(report: _Report) -> str:
    """What was run; garak closes a run as complete though a probe failed to load or was skipped, so those are named."""
    planned = report.setup.get("transient.active_probes")
    tried = {probe for probe, _ in report.scores} | {probe for probe, _ in report.waiting.values()}
    names = planned if isinstance(planned, list) else []
    missing = sorted({str(name).removeprefix("probes.") for name in names} - tried)
    if not missing:
        return TASK
    return named(f"{TASK}; {len(missing)} planned without an attempt: {', '.join(missing)}"[:NAME_LIMIT])


def _told(report: _Report) -> float | None:
    """The run's threshold: garak 0.17 writes it only where it is a whole number, for its report leaves floats out."""
    value = report.setup.get("run.eval_threshold")
    if value is None:
        return None
    if not is_number(value) or not 0 < value <= 1:
        raise Invalid("The report's run.eval_threshold is no number from 0 to 1.", code="evaluation.malformed")
    return float(value)


def _model(setup: Mapping[str, Any]) -> str:
    for prefix in ("plugins.target", "plugins.model"):
        kind, name = setup.get(f"{prefix}_type"), setup.get(f"{prefix}_name")
        if isinstance(name, str) and name:
            return f"{kind}:{name}" if isinstance(kind, str) and kind else name
        if isinstance(kind, str) and kind:
            return kind
    return "not named"
