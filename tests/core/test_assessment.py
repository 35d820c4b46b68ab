import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from kept.core.actor import Actor
from kept.core.assessment import Assessed, assess
from kept.core.plan import Plan
from kept.errors import Invalid
from simulators.parrot import Parrot

BY = Actor("provider")


class Room:
    """An assessor that notes what it is told; its section may hold only "size"."""

    def __init__(self, name: str, log: list[Any]) -> None:
        self.name, self.log = name, log

    def check(self, section: Mapping[str, Any]) -> None:
        if set(section) - {"size"}:
            raise Invalid(f"{self.name} takes only a size.")
        self.log.append(("check", self.name))

    async def assess(self, model: Any, section: Mapping[str, Any], **told: Any) -> Assessed:
        self.log.append(("assess", self.name, dict(section), told["truth"], told["address"]))
        told["progress"](1, 1, "done")
        return Assessed(self.name, (len(self.log),))


def run(plan: Plan, log: list[Any]) -> tuple[Assessed, ...]:
    rooms = {name: Room(name, log) for name in ("red_team", "parity")}
    return asyncio.run(assess(plan, Parrot(), rooms, by=BY, truth={"flaws": []}, address="parrot:1"))


def test_an_empty_plan_runs_every_rooms_default() -> None:
    log: list[Any] = []
    found = run(Plan(), log)
    assert [assessed.room for assessed in found] == ["red_team", "parity"]
    assert log[2:] == [("assess", name, {}, {"flaws": []}, "parrot:1") for name in ("red_team", "parity")]


def test_a_plan_runs_only_the_rooms_it_names() -> None:
    log: list[Any] = []
    assert [assessed.room for assessed in run(Plan({"parity": {"size": 3}}), log)] == ["parity"]
    assert log == [("check", "parity"), ("assess", "parity", {"size": 3}, {"flaws": []}, "parrot:1")]


def test_nothing_is_asked_when_any_section_is_wrong() -> None:
    log: list[Any] = []
    with pytest.raises(Invalid, match="parity takes only a size"):
        run(Plan({"red_team": {}, "parity": {"length": 3}}), log)
    assert log == [("check", "red_team")]


def test_a_misspelt_room_names_the_nearest() -> None:
    with pytest.raises(Invalid) as caught:
        run(Plan({"red_taem": {}}), [])
    assert "'red_team'" in caught.value.hint
