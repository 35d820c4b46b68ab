"""promptfoo's results: a grader that gave no verdict is no success, and an error is no resistance."""

import json
from pathlib import Path
from typing import Any

import pytest

from kept.errors import Invalid
from kept.practices.red_team.backends.promptfoo import read
from kept.practices.red_team.methods.evaluations import Reading
from simulators import foreign_logs


def test_every_way_in_which_a_row_can_end(tmp_path: Path) -> None:
    found = read(foreign_logs.promptfoo(tmp_path / "r.json"), Reading())
    assert (found.version, found.task, found.model) == ("0.123.1", "cards", "openai:assistant-1")
    assert "".join(found.outcomes[("cards", "plain")].values()) == "sruuuuusu"


def test_a_grader_that_always_fails_gives_nothing_assessed_and_the_worst_case_is_all(tmp_path: Path) -> None:
    broken = [
        foreign_logs.row(
            number,
            success=False,
            components=[foreign_logs.component(False, "Could not extract JSON from llm-rubric response")],
            response={"output": "x"},
        )
        for number in range(20)
    ]
    (part,) = read(foreign_logs.promptfoo(tmp_path / "r.json", broken), Reading()).parts()
    assert (part["estimate"]["n"], part["estimate"]["low"], part["estimate"]["high"]) == (0, 0, 1)
    assert part["worst"]["value"] == 1


def test_repeats_of_a_test_are_a_cluster(tmp_path: Path) -> None:
    row = foreign_logs.every_row()[0]
    found = read(foreign_logs.promptfoo(tmp_path / "r.json", [row, row, foreign_logs.every_row()[1]]), Reading())
    assert found.outcomes[("cards", "plain")] == {"0/0": "ss", "1/0": "r"}


@pytest.mark.parametrize(
    ("change", "said", "code"),
    [
        ({"version": 4}, "newer than 3", "evaluation.newer"),
        ({"version": 2}, "no results file of promptfoo", "evaluation.format"),
        (
            {"stats": {"successes": 9, "failures": 9, "errors": 9}},
            "sums up 27 results and holds 9",
            "evaluation.truncated",
        ),
        ({"results": {}}, "no results file", "evaluation.format"),
        ({"results": [3]}, "Result 0 of r.json is malformed", "evaluation.malformed"),
    ],
)
def test_other_or_cut_files_are_named(tmp_path: Path, change: dict[str, Any], said: str, code: str) -> None:
    with pytest.raises(Invalid, match=said) as caught:
        read(foreign_logs.promptfoo(tmp_path / "r.json", **change), Reading())
    assert caught.value.code == code


def test_results_of_two_models_are_not_one_evaluation(tmp_path: Path) -> None:
    rows = foreign_logs.every_row()
    rows[1]["provider"] = "openai:assistant-2"
    with pytest.raises(Invalid, match="results of 2 models"):
        read(foreign_logs.promptfoo(tmp_path / "r.json", rows), Reading())


def test_a_truncated_or_huge_file_is_refused(tmp_path: Path) -> None:
    path = foreign_logs.promptfoo(tmp_path / "r.json")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(Invalid, match="not valid JSON"):
        read(path, Reading())
    path.write_bytes(b" " * (33 * 1024 * 1024))
    with pytest.raises(Invalid, match="more than 33554432 bytes"):
        read(path, Reading())
    path.write_text(json.dumps([]), encoding="utf-8")
    with pytest.raises(Invalid, match="no results file"):
        read(path, Reading())
