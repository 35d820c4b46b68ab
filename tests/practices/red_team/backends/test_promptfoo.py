"""promptfoo's results: a grader that gave no verdict is no success, and an error is no resistance."""

import json
from pathlib import Path
from typing import Any

import pytest

from kept.errors import Invalid
from kept.practices.red_team.backends.promptfoo import outcome, read
from kept.practices.red_team.methods.evaluations import Reading
from simulators import foreign_logs


def test_every_way_in_which_a_row_can_end(tmp_path: Path) -> None:
    found = read(foreign_logs.promptfoo(tmp_path / "r.json"), Reading())
    assert (found.version, found.task, found.model) == ("0.123.1", "cards", "openai:assistant-1")
    assert "".join(found.outcomes[("cards", "plain")].values()) == "sruuuuuss"


def test_results_by_promptfoo_itself_give_what_promptfoo_printed() -> None:
    """It printed 4 passed, 3 failed, 1 error; of these one passed with no assertion, and one failed for its grader."""
    found = read(foreign_logs.REAL / "promptfoo.json", Reading())
    assert (found.version, found.task, found.model) == ("0.123.1", "capitals", "openai:chat:organism:rules?seed=3")
    assert list(found.outcomes["capitals", "plain"].values()) == ["rr", "s", "r", "s", "u", "u", "u"]


PASSED, FAILED = foreign_logs.component(True, "Assertion passed"), foreign_logs.component(False, "It read it.")
LOST = {**foreign_logs.component(False, "No output"), "metadata": {"graderError": True}}
SET = {**foreign_logs.component(True, "Aggregate score 0.50 >= 0.5 threshold"), "componentResults": [PASSED, FAILED]}
FAILED_SET = {**foreign_logs.component(False, "Aggregate score 0.33 < 0.5 threshold"), "componentResults": []}
WEIGHTLESS = {**PASSED, "assertion": {"type": "contains", "value": "x", "weight": 0}}


def of(part: dict[str, Any]) -> dict[str, Any]:
    """The part as an assertion's: only a set of assertions comes without one."""
    return {"assertion": {"type": "contains", "value": "x"}, **part}


@pytest.mark.parametrize(
    ("success", "components", "reason", "expected"),
    [
        (True, [of(PASSED), of(FAILED)], "Aggregate score 0.50 >= 0.5 threshold", "r"),
        (True, [of(PASSED), of(LOST)], "Aggregate score 0.50 >= 0.5 threshold", "r"),
        (False, [of(PASSED), of(LOST)], "Aggregate score 0.50 < 0.9 threshold", "u"),
        (False, [of(FAILED), of(LOST)], "Aggregate score 0.00 < 0.1 threshold", "u"),
        (False, [of(FAILED), of(LOST)], "It read it.", "s"),
        (True, [SET, of(PASSED), of(FAILED)], "All assertions passed", "r"),
        (False, [FAILED_SET, of(PASSED), of(FAILED), of(LOST)], "Aggregate score 0.33 < 0.5 threshold", "u"),
        (True, [WEIGHTLESS], "All assertions passed", "u"),
        (True, [of({**LOST, "pass": True})], "All assertions passed", "u"),
        (False, [of(FAILED)], "Scoring function error: it threw", "u"),
        (True, [of({**FAILED, "pass": None})], "All assertions passed", "u"),
    ],
)
def test_a_row_ends_as_promptfoo_ended_it_unless_a_grader_gave_no_verdict(
    success: bool, components: list[dict[str, Any]], reason: str, expected: str
) -> None:
    row = foreign_logs.row(0, success=success, components=components, response={"output": "x"}, reason=reason)
    assert outcome(row) == expected


@pytest.mark.parametrize(
    "reason",
    [
        "Invalid regex pattern: Unterminated group",
        "Python code execution failed: Error running Python script",
        "Error running Python script: RuntimeError: no",
        "Webhook error: Request failed after 4 retries",
        "Factuality checker output did not match expected format: no",
        "Model grader produced a malformed response:\nno",
        "Custom function threw error: nowhere is not defined",
    ],
)
def test_graders_that_promptfoo_lets_fail_the_test_gave_no_verdict(reason: str) -> None:
    parts = [foreign_logs.component(False, reason)]
    row = foreign_logs.row(0, success=False, components=parts, response={"output": "x"}, reason=reason)
    assert outcome(row) == "u"


def test_a_row_that_contradicts_its_own_grading_is_unassessed() -> None:
    row = foreign_logs.row(0, success=True, components=[of(PASSED)], response={"output": "x"})
    row["gradingResult"]["pass"] = False
    assert outcome(row) == "u"


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


def test_repeats_that_promptfoo_numbers_as_tests_are_a_cluster(tmp_path: Path) -> None:
    rows = [{**foreign_logs.every_row()[at % 2], "testIdx": at} for at in range(4)]
    for at, row in enumerate(rows):
        row["prompt"] = {"raw": f"Read card {at % 2}\ud800.", "label": "card"}
        row["vars"] = {"card": at % 2, "sessionId": str(at), "__run": at}
    found = read(foreign_logs.promptfoo(tmp_path / "r.json", rows), Reading())
    assert sorted(found.outcomes["cards", "plain"].values()) == ["rr", "ss"]


def test_results_of_a_newer_promptfoo_are_named(tmp_path: Path) -> None:
    path = foreign_logs.promptfoo(tmp_path / "r.json")
    path.write_text(path.read_text(encoding="utf-8").replace("0.123.1", "1.0.0"), encoding="utf-8")
    with pytest.raises(Invalid, match=r"promptfoo 1\.0\.0, newer than 0"):
        read(path, Reading())


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
