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


def test_the_runs_own_threshold_decides(tmp_path: Path) -> None:
    path = foreign_logs.garak(tmp_path / "r.jsonl", threshold=0.2, summary=False)
    assert outcomes(path)["b"] == "rsr"


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
