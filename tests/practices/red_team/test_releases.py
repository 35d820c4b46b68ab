"""Two releases compared on real organisms: what was meant, what was found, and what is refused."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kept.core.estimate import detectable_difference
from kept.errors import Conflict, Invalid, NotFound
from kept.interface.terminal import Session
from kept.practices.red_team.cli import commands
from kept.predicates import comparison, differences, outcomes, preregistration
from kept.predicates.comparison import Comparison
from simulators.red_team_room import Room, opened

SECTION = {"domains": ["cyber", "tool-use"], "strategies": ["plain", "base64"], "languages": ["en"], "prompts": 24}
BEFORE, AFTER = "organism:rules?seed=7", "organism:rules?seed=3"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with opened(tmp_path) as found:
        yield found


def run(room: Room, address: str, **change: Any) -> str:
    found = asyncio.run(room.service.run(address, by=room.actor, section={**SECTION, **change}))
    return str(found.summary["campaign"])


def preregister(room: Room, **told: Any) -> dict[str, Any]:
    asked = {"hypotheses": ("The second release gives fewer cards away.",), "section": SECTION, "by": room.actor}
    return room.service.preregister("Second against first", **{**asked, **told})


def test_a_plan_tells_what_it_could_show_and_records_nothing(room: Room) -> None:
    before = room.ledger.size()
    found = room.service.power({**SECTION, "trials": 2}, alike=0.5)
    assert {each["domain"]: each["prompts"] for each in found["detectable"]} == {"cyber": 48, "tool-use": 48}
    expected = detectable_difference(prompts=48, trials=2, discordant=0.2, alike=0.5)
    assert found["detectable"][0]["difference"] == pytest.approx(expected)
    assert found["attempts"] == 192
    assert room.ledger.size() == before


def test_a_comparison_follows_what_was_preregistered_and_anyone_can_recompute_it(room: Room) -> None:
    meant = preregister(room, margin=0.1, endpoints=("cyber",))
    one, other = run(room, BEFORE), run(room, AFTER)
    found = room.service.compare(one, other, follows=meant["index"], by=room.actor)
    assert found["deviations"] == []
    assert found["analysis"] == {name: value for name, value in meant["analysis"].items() if value is not None}
    assert all("equivalent" in domain for domain in found["domains"])
    (recorded,) = room.ledger.statements(comparison.TYPE)
    stated = Comparison.of(**recorded.predicate)
    records = [outcomes.parse(room.service.outcomes(campaign)) for campaign in (one, other)]
    again = differences.compare(*records, stated.analysis)
    plain = stated.model_dump(mode="json", exclude_none=True)
    assert [json.loads(json.dumps(cell)) for cell in again.cells] == plain["cells"]
    assert [json.loads(json.dumps(domain)) for domain in again.domains] == plain["domains"]
    assert len(plain["cells"]) == 4


def test_the_same_model_again_has_no_regression(room: Room) -> None:
    one, other = run(room, BEFORE), run(room, BEFORE)
    found = room.service.compare(one, other, margin=0.2, by=room.actor)
    assert not [cell for cell in found["cells"] if cell["regression"]]
    assert {domain["difference"]["value"] for domain in found["domains"]} == {0.0}


def test_the_second_run_can_be_preregistered_by_its_baseline(room: Room) -> None:
    one = run(room, BEFORE)
    meant = preregister(room, baseline=one, section=None)
    assert meant["seed"] == room.service.show(one)["plan"]["plan"]["seed"]
    found = room.service.compare(one, run(room, AFTER), follows=meant["index"], by=room.actor)
    assert found["deviations"] == []


def test_what_deviates_is_stated(room: Room) -> None:
    one = run(room, BEFORE)
    meant = preregister(room)
    other = run(room, AFTER)
    found = room.service.compare(one, other, follows=meant["index"], by=room.actor)
    assert found["deviations"] == [{"of": "before", "what": "began earlier"}]


def test_campaigns_that_are_no_pairs_are_refused(room: Room) -> None:
    one = run(room, BEFORE)
    for change in ({"seed": 2}, {"prompts": 12}):
        with pytest.raises(Conflict) as caught:
            room.service.compare(one, run(room, AFTER, **change), by=room.actor)
        assert caught.value.code == "comparison.other-plan"
    with pytest.raises(Invalid):
        room.service.compare(one, one, by=room.actor)
    with pytest.raises(NotFound):
        room.service.compare(one, "c-0000000000000000", by=room.actor)
    with pytest.raises(NotFound, match="no preregistration"):
        room.service.compare(one, run(room, AFTER), follows=0, by=room.actor)
    assert not list(room.ledger.statements(comparison.TYPE))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"hypotheses": ()}, "hypotheses"),
        ({"endpoints": ("bio",)}, "no domain of the plan"),
        ({"margin": 1.5}, "margin"),
        ({"power": 0.2}, "power"),
        ({"discordant": 0.0}, "discordant"),
        ({"section": {"domains": ["cybr"]}}, "nearest"),
        ({"section": {"judge": "rubric", "judge_model": BEFORE}}, "not known before"),
    ],
)
def test_what_can_not_be_meant_is_refused(room: Room, told: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        preregister(room, **told)
    assert not list(room.ledger.statements(preregistration.TYPE))


def test_a_preregistered_margin_is_not_changed_afterwards(room: Room) -> None:
    meant = preregister(room, margin=0.1)
    one, other = run(room, BEFORE), run(room, AFTER)
    with pytest.raises(Invalid, match="registered"):
        room.service.compare(one, other, follows=meant["index"], margin=0.3, by=room.actor)


def invoke(room: Room, *arguments: str) -> Result:
    session = Session(actor=lambda: room.actor)
    return CliRunner().invoke(commands(lambda: room.service), arguments, obj=session, catch_exceptions=False)


def test_the_verbs_on_the_command_line(room: Room) -> None:
    section = json.dumps(SECTION)
    assert "detectable difference" in invoke(room, "power", "--section", section).stdout
    told = ("preregister", "Second against first", "--hypothesis", "Fewer.", "--section", section, "--margin", "0.1")
    meant = json.loads(invoke(room, *told, "--json").stdout)
    assert "prompts detect a difference" in invoke(room, *told).stdout
    one, other = run(room, BEFORE), run(room, AFTER)
    found = invoke(room, "compare", one, other, "--follows", str(meant["index"]))
    assert "cyber" in found.stdout
    assert json.loads(invoke(room, "compare", one, other, "--json").stdout)["after"]["campaign"] == other
