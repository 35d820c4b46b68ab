"""garak's report: all generations are counted, and what is cut, newer or contradictory is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from kept.errors import Invalid
from kept.practices.red_team.backends.garak import read
from kept.practices.red_team.methods.evaluations import Reading
from simulators import foreign_logs
from simulators.foreign_logs import attempt

PART = ("cards.Ask", "cards.Read")


def outcomes(path: Path) -> dict[str, str]:
    return read(path, Reading()).outcomes[PART]


def test_generations_of_one_prompt_are_a_cluster_and_no_output_is_unassessed(tmp_path: Path) -> None:
    found = read(foreign_logs.garak(tmp_path / "r.jsonl"), Reading())
    assert (found.tool, found.version, found.model, found.finished) == ("garak", "0.17.1", "openai:assistant-1", True)
    assert found.outcomes == {PART: {"a": "ssr", "b": "rrr", "c": "ruu"}}
    (part,) = found.parts()
    assert (part["estimate"]["n"], part["estimate"]["unassessed"], part["estimate"]["method"]) == (
        7,
        2,
        "korn-graubard",
    )
    assert part["estimate"]["value"] == pytest.approx(2 / 7)
    assert part["worst"]["value"] == pytest.approx(4 / 9)


def test_a_report_by_garak_itself_gives_what_garak_printed() -> None:
    """It printed "ok on 4/6" for both detectors, at a threshold of 0.8 that its report leaves out."""
    found = read(foreign_logs.REAL / "garak.report.jsonl", Reading())
    assert (found.version, found.model) == ("0.17.1", "openai.OpenAICompatible:organism:rules?seed=3")
    for detector in ("encoding.DecodeMatch", "encoding.DecodeApprox"):
        assert list(found.outcomes["encoding.InjectBase64", detector].values()) == ["rr", "ss", "rr"]
    assert found.success.startswith("a detector's score of at least 1.0, which gives garak's own sums")
    assert found.task == "garak probes"


def test_silence_that_garak_printed_as_a_pass_is_unassessed() -> None:
    """It printed "PASS ok on 2/2", though the endpoint had refused both requests."""
    found = read(foreign_logs.REAL / "garak-silent.report.jsonl", Reading())
    assert [list(held.values()) for held in found.outcomes.values()] == [["uu"]]


def real(path: Path, change: Any) -> Path:
    """The real report with each of its entries changed, or left out where the change gives none."""
    entries = map(json.loads, (foreign_logs.REAL / "garak.report.jsonl").read_text(encoding="utf-8").splitlines())
    kept = [entry for entry in map(change, entries) if entry is not None]
    path.write_text("".join(json.dumps(entry) + "\n" for entry in kept), encoding="utf-8")
    return path


def test_a_real_report_without_one_of_its_resisted_attempts_is_refused(tmp_path: Path) -> None:
    path = real(tmp_path / "r.jsonl", lambda entry: None if entry.get("seq") == 0 else entry)
    with pytest.raises(Invalid, match=r"sums up 6 scores .* give 4"):
        read(path, Reading())


def test_a_real_report_of_which_a_score_was_changed_is_refused(tmp_path: Path) -> None:
    def change(entry: dict[str, Any]) -> dict[str, Any]:
        if entry.get("seq") == 1 and entry.get("status") == 2:
            entry["detector_results"]["encoding.DecodeMatch"] = [0.0, 1.0]
        return entry

    with pytest.raises(Invalid, match=r"sums up 2 hits .* give 1") as caught:
        read(real(tmp_path / "r.jsonl", change), Reading())
    assert caught.value.code == "evaluation.contradiction"


def test_a_planned_probe_without_an_attempt_is_named(tmp_path: Path) -> None:
    def change(entry: dict[str, Any]) -> dict[str, Any]:
        if "transient.active_probes" in entry:
            entry["transient.active_probes"].append("probes.cards.Ask")
        return entry

    found = read(real(tmp_path / "r.jsonl", change), Reading())
    assert found.task == "garak probes; 1 planned without an attempt: cards.Ask"


def test_an_attempt_that_no_detector_looked_at_is_unassessed(tmp_path: Path) -> None:
    rows = [{**attempt("d", ["x", "y"], []), "detector_results": {}}]
    assert outcomes(foreign_logs.garak(tmp_path / "r.jsonl", rows=rows))["d"] == "uu"


@pytest.mark.parametrize("output", [{"text": None}, {"text": " "}, None])
def test_an_empty_answer_is_unassessed(tmp_path: Path, output: Any) -> None:
    rows = [{**attempt("d", ["x"], [0.0]), "outputs": [output]}]
    assert outcomes(foreign_logs.garak(tmp_path / "r.jsonl", rows=rows, summary=False))["d"] == "u"


def test_an_answer_that_is_a_file_is_an_answer(tmp_path: Path) -> None:
    rows = [{**attempt("d", ["x"], [0.0]), "outputs": [{"text": None, "data_path": "answer.png"}]}]
    assert outcomes(foreign_logs.garak(tmp_path / "r.jsonl", rows=rows, summary=False))["d"] == "r"


def test_a_hitlog_is_no_report(tmp_path: Path) -> None:
    path = tmp_path / "r.hitlog.jsonl"
    row = {"goal": "g", "attempt_id": "a", "probe": "cards.Ask", "detector": "cards.Read", "score": 1.0}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    with pytest.raises(Invalid, match="hitlog, which holds the hits alone"):
        read(path, Reading())


def test_the_runs_own_threshold_decides(tmp_path: Path) -> None:
    path = foreign_logs.garak(tmp_path / "r.jsonl", threshold=0.2, summary=False)
    assert outcomes(path)["b"] == "rsr"


def test_sums_as_older_versions_wrote_them_are_held_against_the_attempts(tmp_path: Path) -> None:
    row = {"entry_type": "eval", "probe": "cards.Ask", "detector": "detector.cards.Read", "passed": 5, "total": 7}
    path = foreign_logs.garak(tmp_path / "r.jsonl", version="0.10.3", rows=[row], summary=False)
    assert outcomes(path)["b"] == "rrr"
    for changed in ({"total": 8}, {"passed": 6}, {"passed": 9}):
        path = foreign_logs.garak(tmp_path / "r.jsonl", version="0.10.3", rows=[row | changed], summary=False)
        with pytest.raises(Invalid, match="sums up"):
            read(path, Reading())


def test_an_attempt_that_was_never_scored_is_unassessed(tmp_path: Path) -> None:
    rows = [attempt("d", ["x", "y"], [], status=1)]
    assert outcomes(foreign_logs.garak(tmp_path / "r.jsonl", rows=rows))["d"] == "uu"


def test_a_hit_without_its_output_is_unassessed(tmp_path: Path) -> None:
    rows = [attempt("d", [None], [1.0])]
    path = foreign_logs.garak(tmp_path / "r.jsonl", rows=rows, summary=False)
    assert outcomes(path)["d"] == "u"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([attempt("a", ["x"], [0.0])], "again"),
        ([attempt("d", ["x"], ["0"])], "no number"),
        ([attempt("d", ["x"], [True])], "no number"),
        ([{**attempt("d", ["x"], [0.0]), "outputs": "x"}], "malformed attempt"),
        ([{**attempt("d", ["x"], [0.0]), "detector_results": []}], "no detector_results"),
        ([{**attempt("d", ["x"], [0.0]), "detector_results": {"d": 1}}], "malformed scores"),
        ([attempt("d", ["x"], [1.0])], "sums up 2 hits .* give 3"),
        ([{"no": "type"}], "no entry_type"),
        ([{"entry_type": "eval", "probe": "cards.Ask", "detector": "cards.Read", "fails": "2"}], "no count"),
        ([attempt("d", ["x"] * 10_001, [0.0])], "more than 10000 outputs"),
        ([{**attempt("d", ["x"], [0.0]), "probe_classname": "a\nb"}], "no name"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path: Path, rows: list[Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read(foreign_logs.garak(tmp_path / "r.jsonl", rows=rows), Reading())


@pytest.mark.parametrize(
    ("more", "said", "code"),
    [
        ({"complete": False}, "ends before the run did", "evaluation.truncated"),
        ({"version": "0.18.0"}, "newer than 0.17", "evaluation.newer"),
        ({"version": "nightly"}, "is no version", "evaluation.version"),
        ({"threshold": 7}, "no number from 0 to 1", "evaluation.malformed"),
    ],
)
def test_cut_or_newer_reports_are_named(tmp_path: Path, more: dict[str, Any], said: str, code: str) -> None:
    with pytest.raises(Invalid, match=said) as caught:
        read(foreign_logs.garak(tmp_path / "r.jsonl", **more), Reading())
    assert caught.value.code == code


def test_a_line_that_is_cut_too_long_or_no_json_is_named_by_its_number(tmp_path: Path) -> None:
    path = foreign_logs.garak(tmp_path / "r.jsonl")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Invalid, match=r"Line \d+ of r\.jsonl is not valid JSON"):
        read(path, Reading())
    path.write_bytes(whole + b'{"entry_type": "' + b"x" * (10 * 1024 * 1024))
    with pytest.raises(Invalid, match=r"Line 9 of r\.jsonl has more than 8388608 bytes"):
        read(path, Reading())
    path.write_bytes(b"[" * 100 + b"]" * 100 + b"\n")
    with pytest.raises(Invalid, match="nested more than 64 deep"):
        read(path, Reading())


def test_another_tools_lines_are_no_report(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps({"entry_type": "completion"}) + "\n", encoding="utf-8")
    with pytest.raises(Invalid, match="no report of garak"):
        read(path, Reading())
