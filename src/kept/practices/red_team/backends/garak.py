"""Reads garak's report.jsonl: every generation is counted, and one without a score is unassessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kept.core.commitments.fields import is_number
from kept.errors import Invalid
from kept.practices.red_team.backends.reading import lines
from kept.practices.red_team.methods.evaluations import Evaluation, Reading, json_lines, newer, version_of

KNOWN = (0, 17)
SCORED = 2
GENERATIONS = 10_000


@dataclass(slots=True)
class _Report:
    """What was read so far; `hits` counts by probe and detector what garak's own summary must say."""

    setup: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""
    ended: bool = False
    scored: set[str] = field(default_factory=set)
    waiting: dict[str, tuple[str, int]] = field(default_factory=dict)
    hits: dict[tuple[str, str], int] = field(default_factory=dict)


def read(path: Path, reading: Reading) -> Evaluation:
    """The evaluation in a report. Raises Invalid where it is truncated, newer, or contradicts its own summary.

    A detector's score at or above the run's threshold is a success; no score, or no output, is unassessed. An attempt
    that was answered and never scored is unassessed by every detector of its probe.
    """
    report = _Report()
    found = Evaluation("garak", "", "report.jsonl", "garak probes", "", "", finished=True)
    for number, entry in json_lines(lines(path), what=path.name):
        _take(entry, f"Line {number} of {path.name}", report, found)
    if not report.version:
        raise Invalid(f"{path.name} is no report of garak: it tells no version.", code="evaluation.format")
    if not report.ended:
        raise Invalid(
            f"{path.name} ends before the run did: it lacks the entry that garak writes last.",
            code="evaluation.truncated",
            hint="Run it again: what is missing can't be counted as resisted.",
        )
    _add_unscored(report, found)
    found.version = report.version
    found.model = _model(report.setup)
    found.success = f"a detector's score of at least {_threshold(report)}"
    return found


def _take(entry: Mapping[str, Any], where: str, report: _Report, found: Evaluation) -> None:
    kind = entry.get("entry_type")
    if kind == "start_run setup":
        report.setup = entry
        _set_version(report, entry.get("_config.version"))
    elif kind == "init":
        _set_version(report, entry.get("garak_version"))
    elif kind == "attempt":
        _attempt(entry, where, report, found)
    elif kind == "eval":
        _compare(entry, where, report)
    elif kind == "completion":
        report.ended = True
    elif not isinstance(kind, str):
        raise Invalid(f"{where} has no entry_type.", code="evaluation.format")


def _set_version(report: _Report, version: Any) -> None:
    if not isinstance(version, str):
        return
    if version_of(version, parts=2) > KNOWN:
        raise newer("garak", version, KNOWN)
    report.version = version


def _attempt(entry: Mapping[str, Any], where: str, report: _Report, found: Evaluation) -> None:
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
    report.waiting.pop(uuid, None)
    results = entry.get("detector_results")
    if not isinstance(results, dict):
        raise Invalid(f"{where} has no detector_results.", code="evaluation.malformed")
    for detector, scores in results.items():
        if not isinstance(scores, list) or len(scores) > GENERATIONS:
            raise Invalid(f"{where} has malformed scores of {detector[:64]!r}.", code="evaluation.malformed")
        _count(report, found, where, (probe, detector), uuid, outputs, scores)


def _count(
    report: _Report,
    found: Evaluation,
    where: str,
    part: tuple[str, str],
    uuid: str,
    outputs: list[Any],
    scores: list[Any],
) -> None:
    threshold = _threshold(report)
    letters = ""
    for at in range(max(len(outputs), len(scores), 1)):
        score = scores[at] if at < len(scores) else None
        if score is not None and not is_number(score):
            raise Invalid(f"{where} has a score that is no number.", code="evaluation.malformed")
        hit = score is not None and score >= threshold
        report.hits[part] = report.hits.get(part, 0) + hit
        silent = at >= len(outputs) or outputs[at] is None
        letters += "u" if score is None or silent else "s" if hit else "r"
    found.add(*part, uuid, letters)


def _compare(entry: Mapping[str, Any], where: str, report: _Report) -> None:
    """Hold garak's own count of hits against ours, where it tells one."""
    fails = entry.get("fails")
    part = tuple(str(entry.get(name, "")).removeprefix(f"{name}s.") for name in ("probe", "detector"))
    own = next(
        (hits for (probe, detector), hits in report.hits.items() if (_short(probe), _short(detector)) == part), None
    )
    if isinstance(fails, int) and own is not None and own != fails:
        raise Invalid(
            f"{where} sums up {fails} hits of {part[0]}/{part[1]}; the attempts before it give {own}.",
            code="evaluation.contradiction",
            hint="The report was cut or changed.",
        )


def _add_unscored(report: _Report, found: Evaluation) -> None:
    for uuid, (probe, outputs) in report.waiting.items():
        detectors = [detector for known, detector in found.outcomes if known == probe] or ["unscored"]
        for detector in detectors:
            found.add(probe, detector, uuid, "u" * outputs)


def _threshold(report: _Report) -> float:
    value = report.setup.get("run.eval_threshold", 0.5)
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


def _short(name: str) -> str:
    return name.removeprefix("probes.").removeprefix("detectors.")
