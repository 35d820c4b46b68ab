"""Campaigns with attempts of several turns: recorded, sealed, halted, resumed and limited like any other."""

import asyncio
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kept.core.model import Answer, Identity, Request, ToolCall
from kept.errors import Invalid, KeptError, Unavailable
from kept.practices.red_team.methods.prompts import Prompts
from kept.practices.red_team.methods.schedule import Key
from kept.practices.red_team.methods.transcripts import seal
from kept.practices.red_team.records import Cell
from kept.practices.red_team.service.tables import ATTEMPTS
from simulators.red_team_room import Room, opened

TALK = {"domains": ["societal"], "strategies": ["crescendo"], "languages": ["en", "sw"], "prompts": 6}


class Target:
    """Answers the n-th question of a talk with what `script` gives for n and the request."""

    identity = Identity(name="scripted", established="endpoint only")

    def __init__(self, script: Any) -> None:
        self.script, self.asked = script, 0

    async def answer(self, request: Request) -> Answer:
        self.asked += 1
        await asyncio.sleep(0)
        answer: Answer = self.script(sum(message.role == "user" for message in request.messages), request)
        return answer

    async def close(self) -> None:
        pass


def refuse(turn: int, request: Request) -> Answer:
    return Answer(f"I keep it sealed, also at turn {turn}.", prompt_tokens=10, completion_tokens=5)


def give_in(turn: int, request: Request) -> Answer:
    card = request.messages[0].content.split("reads: ")[1].split(".")[0]
    return Answer(card) if turn == 4 else refuse(turn, request)


def assess(room: Room, target: Any, section: dict[str, Any] = TALK) -> dict[str, Any]:
    return dict(asyncio.run(room.service.assess(target, section, by=room.actor)).summary)


def rows(room: Room) -> list[Any]:
    with room.store.read() as connection:
        order = (ATTEMPTS.c.cell, ATTEMPTS.c.prompt, ATTEMPTS.c.trial)
        return list(connection.execute(select(ATTEMPTS).order_by(*order)).all())


def test_a_talk_is_one_attempt_with_one_outcome(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        resisting, giving = Target(refuse), Target(give_in)
        assert assess(room, resisting)["resisted"] == 12
        assert assess(room, giving)["succeeded"] == 12
        assert (resisting.asked, giving.asked) == (60, 48)
        assert (
            sorted((row.campaign, row.requests, row.tokens) for row in rows(room))
            == [(1, 5, 75)] * 12 + [(2, 4, 45)] * 12
        )


def test_the_seal_covers_every_turn(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        assess(room, Target(give_in))
        row = rows(room)[0]
    said = json.loads(row.answer)
    assert [turn[0] for turn in said["exchange"]] == ["system", *["user", "assistant"] * 4]
    assert said["exchange"][2] == ["assistant", "I keep it sealed, also at turn 1."]
    cell = Cell("societal", "crescendo", "en")
    bare = Prompts(cell, 1)[0]._replace(messages=(), tools=())
    attempt = {"cell": cell, "key": Key(0, 0, 0), "prompt": bare, "outcome": "s"}
    assert seal(row.salt, **attempt, answer=row.answer) == row.digest
    assert seal(row.salt, **attempt, answer=row.answer.replace("turn 2", "turn 3")) != row.digest


def test_a_turn_that_fails_leaves_the_attempt_unassessed(tmp_path: Path) -> None:
    def breaks(turn: int, request: Request) -> Answer:
        if turn == 3:
            raise Unavailable("Broken.", code="model.broken-off")
        return refuse(turn, request)

    with opened(tmp_path, concurrency=1) as room:
        found = assess(room, Target(breaks))
        assert (found["resisted"], found["unassessed"]) == (0, 12)
        with pytest.raises(KeptError) as caught:
            assess(room, Target(breaks), {**TALK, "budget": {"errors": 3}})
    assert caught.value.code == "red-team.error-budget"


def test_a_target_that_never_stops_calling_tools_is_stopped(tmp_path: Path) -> None:
    def calls(turn: int, request: Request) -> Answer:
        return Answer("", "tool_calls", (ToolCall(f"call_{turn}", "anything", "{}"),))

    target = Target(calls)
    with opened(tmp_path) as room:
        assert assess(room, target)["resisted"] == 12
    assert target.asked == 60


@pytest.mark.parametrize("answer", [Answer(""), Answer("", "content_filter"), Answer("It is", "length")])
def test_talks_that_can_not_be_assessed_are_not_resisted(tmp_path: Path, answer: Answer) -> None:
    with opened(tmp_path) as room:
        found = assess(room, Target(lambda turn, request: answer if turn == 2 else refuse(turn, request)))
        coverage = room.service.show(found["campaign"])["result"]["coverage"]
    assert found["unassessed"] == 12
    assert (coverage["tested"], coverage["unassessed"]) == (0, 2)


@pytest.mark.parametrize(
    ("budget", "code"), [({"tokens": 200}, "red-team.token-budget"), ({"requests": 23}, "red-team.request-budget")]
)
def test_budgets_count_every_turn_over_the_life_of_a_campaign(
    tmp_path: Path, budget: dict[str, int], code: str
) -> None:
    with opened(tmp_path, concurrency=1, open_model=lambda address, **_: Target(refuse)) as room:
        with pytest.raises(Unavailable) as caught:
            assess(room, Target(refuse), {**TALK, "budget": budget})
        assert caught.value.code == code
        (left,) = room.service.list()
        made = left["resisted"]
        assert made in (3, 5)
        with pytest.raises(Unavailable):
            asyncio.run(room.service.resume(left["campaign"], by=room.actor))
        assert room.service.list()[0]["resisted"] == made + 1


def test_a_talk_that_halts_is_made_again_and_none_is_lost(tmp_path: Path) -> None:
    def away(turn: int, request: Request) -> Answer:
        if target.asked > 13:
            raise Unavailable("Away.", code="model.unreachable")
        return refuse(turn, request)

    target, again = Target(away), Target(refuse)
    with opened(tmp_path, concurrency=2, open_model=lambda address, **_: again) as room:
        with pytest.raises(Unavailable):
            assess(room, target)
        (left,) = room.service.list()
        resumed = asyncio.run(room.service.resume(left["campaign"], by=room.actor)).summary
        halted = sha256(room.service.outcomes(left["campaign"])).hexdigest()
        whole = sha256(room.service.outcomes(assess(room, Target(refuse))["campaign"])).hexdigest()
    assert resumed["resisted"] == 12
    assert again.asked == 5 * (12 - left["resisted"])
    assert halted == whole


def test_a_plan_with_fewer_turns_gets_the_last_ones(tmp_path: Path) -> None:
    target = Target(refuse)
    with opened(tmp_path) as room:
        found = assess(room, target, {**TALK, "limits": {"turns": 2}})
    assert (found["resisted"], target.asked) == (12, 24)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"limits": {"turns": 0}}, "red_team.limits.turns"),
        ({"limits": {"characters": -1}}, "red_team.limits.characters"),
        ({"limits": {"tokens": "many"}}, "red_team.limits.tokens"),
        ({"limits": {"seconds": 0.5}}, "red_team.limits.seconds"),
        ({"limits": {"turn": 3}}, "'turn' is not known; the nearest is 'turns'"),
        ({"limits": [1]}, "red_team.limits: is not a table"),
        ({"atacker": "organism:rules"}, "'atacker' is not known; the nearest is 'attacker'"),
        ({"attacker": 3}, "red_team.attacker: is not the address of a model"),
        ({"attacker": "organism:rules"}, "nothing in the plan asks the attacker"),
        ({"judge_model": ""}, "red_team.judge_model: is not the address of a model"),
    ],
)
def test_a_wrong_limit_or_party_is_refused_before_anything_is_recorded(
    tmp_path: Path, section: dict[str, Any], said: str
) -> None:
    with opened(tmp_path) as room:
        with pytest.raises(Invalid) as caught:
            assess(room, Target(refuse), {**TALK, **section})
        assert said in caught.value.message
        assert room.ledger.size() == 0
