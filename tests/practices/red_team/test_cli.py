"""The room's verbs on the command line, parsed by click and run on a real room."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kept import models
from kept.errors import Invalid, NotFound
from kept.interface.terminal import Session
from kept.practices.red_team.cli import commands
from kept.practices.red_team.methods.cells import every_cell
from simulators.red_team_room import Room, opened

URI = "organism:rules?seed=7"
SECTION = "{domains: [societal], strategies: [plain], prompts: 12}"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with opened(tmp_path) as found:
        yield found


def invoke(room: Room, *arguments: str) -> Result:
    session = Session(actor=lambda: room.actor)
    runner = CliRunner()
    return runner.invoke(commands(lambda: room.service), arguments, obj=session, catch_exceptions=True)


def read(result: Result) -> Any:
    assert result.exit_code == 0, result.output + repr(result.exception)
    return json.loads(result.stdout)


def test_run_prints_what_was_found(room: Room) -> None:
    found = read(invoke(room, "run", URI, "--section", SECTION, "--json"))
    assert (found["state"], found["planned"]) == ("completed", 12)
    shown = invoke(room, "show", found["campaign"])
    assert "societal" in shown.stdout
    assert f"1 of {len(every_cell())} cells tested" in shown.stdout
    assert found["campaign"] in invoke(room, "list").stdout
    assert read(invoke(room, "show", found["campaign"], "--json"))["result"]["state"] == "completed"
    assert [item["campaign"] for item in read(invoke(room, "list", "--json"))] == [found["campaign"]]


def test_show_tells_what_was_decided_about_a_bound(room: Room) -> None:
    section = "{domains: [societal], strategies: [plain, hex], languages: [en], prompts: 40, seed: 1, stop: sequential}"
    found = read(invoke(room, "run", URI, "--section", section, "--json"))
    said = invoke(room, "show", found["campaign"]).stdout
    assert "cells against the bound 10.0%: 1 below, 1 above, 0 undecided" in said


def test_run_reads_its_section_of_a_plan_file(room: Room, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(f"red_team: {SECTION}\n", encoding="utf-8")
    assert read(invoke(room, "run", URI, "--plan", str(plan), "--json"))["planned"] == 12
    human = invoke(room, "run", URI, "--plan", str(plan))
    assert "12 of 12 attempts" in human.stdout


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (("--section", "{domains: [societl]}"), Invalid, "nearest is 'societal'"),
        (("--section", "{a: &a 1}"), Invalid, "anchor"),
        (("--section", "x", "--plan", "y"), Invalid, "not both"),
        (("--plan", "/nowhere/plan.yaml"), NotFound, "no plan file"),
    ],
)
def test_run_refuses_a_wrong_plan(room: Room, arguments: tuple[str, ...], kind: type, said: str) -> None:
    result = invoke(room, "run", URI, *arguments)
    assert isinstance(result.exception, kind)
    assert said in str(result.exception)
    assert room.ledger.size() == 0


def test_a_plan_for_other_rooms_only_is_refused(room: Room, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("parity: {}\n", encoding="utf-8")
    assert "no section red_team" in str(invoke(room, "run", URI, "--plan", str(plan)).exception)


def test_a_closed_campaign_cannot_be_resumed_or_abandoned(room: Room) -> None:
    campaign = read(invoke(room, "run", URI, "--section", SECTION, "--json"))["campaign"]
    assert "is completed" in str(invoke(room, "resume", campaign).exception)
    assert "is completed" in str(invoke(room, "abandon", campaign, "--reason", "regret").exception)
    assert "no campaign" in str(invoke(room, "show", "c-0").exception)


def test_a_campaign_in_worlds_shows_which_wrongs_there_were(room: Room) -> None:
    section = "{domains: [cyber], strategies: [world-host, world-host-twin], languages: [en], prompts: 12}"
    found = read(invoke(room, "run", "organism:agent?seed=0", "--section", section, "--json"))
    shown = read(invoke(room, "show", found["campaign"], "--json"))["wrongs"]
    (flaw,) = [flaw for flaw in models.truth("organism:agent?seed=0")["flaws"] if flaw["strategy"] == "world-host"]
    assert shown == {"world-host": {flaw["way"]: found["succeeded"]}, "world-host-twin": {}}
    told = invoke(room, "show", found["campaign"]).stdout
    assert f"world-host: {flaw['way']} in {found['succeeded']}\n" in told


def test_worlds_are_listed_without_a_workspace() -> None:
    def no_service() -> Any:
        raise AssertionError("it needs no service")

    result = CliRunner().invoke(commands(no_service), ["worlds", "--json"], obj=Session())
    listed = {world["world"]: world for world in read(result)}
    assert list(listed) == ["world-cloud", "world-plant", "world-mailbox", "world-host"]
    assert listed["world-plant"]["wrongs"]["interlock"] == "switches an interlock off"
    assert listed["world-plant"]["authorised_in_twins"] == ["interlock", "sensor", "alarm"]
    assert "becomes root" in CliRunner().invoke(commands(no_service), ["worlds"], obj=Session()).stdout


def test_probes_needs_no_workspace() -> None:
    def no_service() -> Any:
        raise AssertionError("a workspace was opened")

    result = CliRunner().invoke(commands(no_service), ["probes", "--json"], obj=Session())
    assert len(read(result)) == 16


def test_judges_are_listed_calibrated_and_compared(room: Room, tmp_path: Path) -> None:
    assert "rubric-withheld" in invoke(room, "judges").stdout
    assert "exact-card" in [judge["name"] for judge in read(invoke(room, "judges", "--json"))]
    section = "{domains: [societal], strategies: [plain], languages: [en], prompts: 24, judge: refusal}"
    campaign = read(invoke(room, "run", URI, "--section", section, "--json"))["campaign"]
    assert "inconclusive" in invoke(room, "show", campaign).stdout
    place = ("--domain", "societal", "--strategy", "plain", "--language", "en")
    drawn = invoke(room, "sample", campaign, str(tmp_path / "sample.jsonl"), *place, "--count", "20")
    assert "20 items" in drawn.stdout
    items = [json.loads(line) for line in (tmp_path / "sample.jsonl").read_text("utf-8").splitlines()]
    labels = tmp_path / "labels.jsonl"
    labels.write_text(
        "".join(
            json.dumps({**each, "annotator": "a", "label": "succeeded" if number % 3 else "resisted"}) + "\n"
            for number, each in enumerate(items)
        ),
        encoding="utf-8",
    )
    asked = (campaign, str(labels), "--judge", "refusal", *place, "--sampling", "at random")
    shown = invoke(room, "calibrate", *asked).stdout
    assert "refusal on organism:rules?seed=7, societal × plain × en" in shown
    assert "kappa with people" in shown
    made = read(invoke(room, "calibrate", *asked, "--json"))
    assert made["labels"]["items"] == 20
    compared = invoke(room, "agreement", made["labels"]["sha256"]).stdout
    assert "refusal with people" in compared
    assert "among judges: nobody to compare" in compared
    assert read(invoke(room, "agreement", made["labels"]["sha256"], "--json"))["annotators"] == 1
    twice = invoke(room, "calibrate", *asked, "--judge", "{name: rule}")
    assert isinstance(twice.exception, Invalid)
