"""What is typed to promise, pay and take back rewards, and to see a contest and its power."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from kept.interface.terminal import Session
from kept.practices.disclosure.cli import commands
from kept.practices.disclosure.service.triage.casebook import Casebook
from simulators import replay_room
from simulators.replay_room import Room, programme

CONTEST = """
[[contests]]
id = "winter"
title = "Winter contest"
opens = "2020-01-01"
closes = "2099-01-01"
rules = "Replays alone."
prizes = [5000]
"""


def run(room: Room, *words: str, as_json: bool = True) -> Any:
    session = Session(json=as_json, actor=lambda: room.actor)
    done = CliRunner().invoke(commands(lambda: room.service), list(words), obj=session, catch_exceptions=False)
    return json.loads(done.stdout) if as_json else done.output


def test_a_reward_from_its_proposal_to_its_payment(tmp_path: Path) -> None:
    with replay_room.opened(tmp_path) as opened:
        room = opened.ready(programme() + CONTEST.encode())
        found = room.replayed().report
        room.store.write(
            lambda connection: Casebook(room.context).append(
                connection, found, "assessed", by="tess", details={"severity": "medium"}
            )
        )
        made = run(room, "reward", "propose", found)
        assert run(room, "reward", "approve", made["id"])["state"] == "approved"
        assert "500.00 USD  approved" in run(room, "reward", "list", as_json=False)
        assert run(room, "reward", "pay", made["id"], "--reference", "SEPA 1")["state"] == "paid"
        assert "Paid: 500.00 USD" in run(room, "reward", "budget", "assistant", as_json=False)
        run(room, "contest", "name", found, "Mole")
        assert " from 1 weakness, 5,000.00 USD" in run(room, "contest", "show", "assistant/winter", as_json=False)
        assert [each["contest"] for each in run(room, "contest", "list")] == ["assistant/winter"]
        assert "27 of 40 must succeed" in run(room, "programme", "power", "assistant", as_json=False)


def test_a_reward_that_is_taken_back(tmp_path: Path) -> None:
    with replay_room.opened(tmp_path) as opened:
        room = opened.ready()
        found = room.replayed().report
        room.store.write(
            lambda connection: Casebook(room.context).append(
                connection, found, "assessed", by="tess", details={"severity": "low"}
            )
        )
        made = run(room, "reward", "propose", found)
        gone = run(room, "reward", "withdraw", made["id"], "--reason", "It was proposed by mistake.")
        assert (gone["state"], gone["reason"]) == ("withdrawn", "It was proposed by mistake.")
