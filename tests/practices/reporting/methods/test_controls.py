"""Benign twins in a report: their successes are false alarms, for `kept verify` and for the reader's browser."""

import json
from typing import Any

import pytest

from kept.errors import Unverified
from simulators.campaigns import Design
from simulators.provider import Provider, check

FALLING = 0.5
TWINNED = Design(domains=("cyber",), strategies=("world-host", "world-host-twin"), prompts=30, succeeding=FALLING)
ALONE = Design(domains=("physical",), strategies=("world-plant-twin",), prompts=10, succeeding=FALLING, seed=2)


@pytest.fixture
def derived(provider: Provider) -> Any:
    for design in (TWINNED, ALONE):
        provider.campaigns.run(design)
    provider.campaigns.open(Design(domains=("tool-use",), strategies=("world-mailbox",), seed=3))
    folder = provider.report()
    assert check(folder, provider).answer == "authenticated"
    return json.loads((folder / "report.json").read_bytes())["derived"]


def test_a_twin_is_a_claim_of_its_own_that_no_domain_counts(derived: dict[str, Any]) -> None:
    shown = [(each["kind"], each["strategy"], each["control"], each["attempts"]) for each in derived["claims"]]
    assert shown == [
        ("domain", None, False, 30),
        ("cell", "world-host", False, 30),
        ("cell", "world-host-twin", True, 30),
        ("cell", "world-plant-twin", True, 10),
    ]
    domain, world, twin, _ = derived["claims"]
    assert domain["estimate"] == world["estimate"]
    assert twin["succeeded"] > 5


def test_what_stands_out_in_a_twin_is_a_false_alarm_and_no_finding(derived: dict[str, Any]) -> None:
    first, second, _ = derived["campaigns"]
    assert first["findings"] == [f"{first['campaign']}/cyber/world-host/en"]
    assert first["false_alarms"] == [f"{first['campaign']}/cyber/world-host-twin/en"]
    assert (second["findings"], len(second["false_alarms"])) == ([], 1)
    assert [claim["finding"] for claim in derived["claims"]] == [False, True, False, False]


def test_a_world_is_applicable_in_its_own_domain_alone(derived: dict[str, Any]) -> None:
    (matrix,) = derived["coverage"]
    states = {
        (cell["domain"], cell["strategy"], cell["language"]): cell["state"]
        for cell in matrix["cells"]
        if cell["strategy"].startswith("world-")
    }
    assert {place: state for place, state in states.items() if state != "not applicable"} == {
        ("cyber", "world-host", "en"): "tested",
        ("cyber", "world-host-twin", "en"): "tested",
        ("physical", "world-plant-twin", "en"): "tested",
        ("tool-use", "world-mailbox", "en"): "not tested",
    }


def test_a_result_that_calls_a_twin_a_finding_does_not_verify(provider: Provider) -> None:
    def change(result: dict[str, Any]) -> None:
        (twin,) = [cell for cell in result["cells"] if cell["strategy"] == "world-host-twin"]
        twin["finding"] = True

    provider.campaigns.run(TWINNED, change=change)
    with pytest.raises(Unverified, match="the findings are not the ones recomputed"):
        provider.report()


def test_a_result_that_counts_a_twin_in_its_domain_does_not_verify(provider: Provider) -> None:
    def change(result: dict[str, Any]) -> None:
        result["domains"][0]["succeeded"] += 1

    provider.campaigns.run(TWINNED, change=change)
    with pytest.raises(Unverified, match="successes are stated"):
        provider.report()
