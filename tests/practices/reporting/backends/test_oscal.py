"""assessment-results.json: every claim, every requirement, and the statements that they rest on."""

import json
from typing import Any

import pytest

from kept.core.commitments import oscal as promises
from kept.practices.reporting.backends.oscal import OSCAL
from simulators.hostile import TEXTS, poisoned


@pytest.fixture(scope="session")
def report(files: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["report.json"])
    return found


def rendered(report: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(OSCAL.render(report, b"")["assessment-results.json"])["assessment-results"]
    return found


def props(holder: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in holder["props"]}


def test_each_claim_is_an_observation_with_its_figures_and_its_evidence(report: dict[str, Any]) -> None:
    document = rendered(report)
    resources = {each["uuid"]: each for each in document["back-matter"]["resources"]}
    (result,) = document["results"]
    observed = {props(each)["claim"]: each for each in result["observations"] if each["methods"] == ["TEST"]}
    for claim in report["derived"]["claims"]:
        stated = props(observed[claim["id"]])
        estimate = claim["estimate"]
        assert float(stated["low"]) == estimate["low"]
        assert float(stated["high"]) == estimate["high"]
        assert (int(stated["n"]), stated["method"]) == (estimate["n"], estimate["method"])
        linked = [resources[each["href"][1:]] for each in observed[claim["id"]]["relevant-evidence"]]
        assert [int(props(each)["index"]) for each in linked] == claim["evidence"]


def test_each_requirement_is_a_finding_on_an_objective_of_the_catalog(report: dict[str, Any]) -> None:
    objectives = {
        part["id"]
        for group in promises.catalog()["catalog"]["groups"]
        for control in group["controls"]
        for part in control["parts"]
    }
    (result,) = rendered(report)["results"]
    observations = {each["uuid"] for each in result["observations"]}
    readings = {
        f"{each['requirement']}_obj": each["reading"]
        for status in report["derived"]["statuses"]
        for each in status["findings"]
    }
    assert {each["target"]["target-id"] for each in result["findings"]} == set(readings) <= objectives
    for finding in result["findings"]:
        state = finding["target"]["status"]["state"]
        assert (state == "satisfied") == (readings[finding["target"]["target-id"]] == "met")
        assert {each["observation-uuid"] for each in finding.get("related-observations", [])} <= observations


def test_no_identifier_comes_twice_and_another_report_has_others(report: dict[str, Any]) -> None:
    def uuids(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["uuid"]] if "uuid" in value else []
            return own + [each for inner in value.values() for each in uuids(inner)]
        return [each for inner in value for each in uuids(inner)] if isinstance(value, list) else []

    one = uuids(rendered(report))
    other = uuids(rendered({**report, "as_of": "2026-11-23T07:30:00Z"}))
    assert len(set(one)) == len(one)
    assert not set(one) & set(other)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_in_any_field_stays_one_bounded_line(report: dict[str, Any], text: str) -> None:
    def lines(value: Any) -> list[str]:
        if isinstance(value, str):
            return [value]
        values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return [each for inner in values for each in lines(inner)]

    for line in lines(rendered(poisoned(report, text))):
        assert line == line.strip()
        assert line
        assert "\n" not in line
        assert len(line) < 5_000
