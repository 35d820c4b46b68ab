"""What is typed to watch: each command prints one JSON value under --json, and cases take two holders."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from kept.core.actor import Actor
from kept.interface.terminal import Session
from kept.practices.weights.cli import commands
from simulators.weights_room import Room, opened

WANDA, WALT = (Actor(name, "person", frozenset({"watcher"})) for name in ("wanda", "walt"))


def run(room: Room, by: Actor, *words: str) -> Any:
    session = Session(json=True, actor=lambda: by)
    group = commands(lambda: room.service)
    done = CliRunner().invoke(group, list(words), obj=session, catch_exceptions=False)
    return json.loads(done.stdout)


def test_a_log_is_imported_and_its_case_opened_by_two(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"at": "2026-01-05T10:00:00Z", "who": "dana", "trap": "yes"}\n')
    mapping = ("--map", "moment=at", "--map", "actor=who", "--map", "decoy=trap")
    with opened(tmp_path / "room") as room:
        assert run(room, WANDA, "watch")["events"] == 0
        found = run(room, WANDA, "import-log", str(log), "--format", "jsonl", *mapping)
        (alarm,) = (each["id"] for each in found["alarms"])
        assert [each["id"] for each in run(room, WALT, "cases", "list", "--state", "raised")] == [alarm]
        assert run(room, WANDA, "cases", "open", alarm)["name"] == ""
        assert run(room, WALT, "cases", "open", alarm)["name"] == "dana"
        assert run(room, WALT, "cases", "show", alarm)["opened_by"] == ["wanda", "walt"]
        closed = run(room, WALT, "cases", "close", alarm, "--outcome", "confirmed", "--note", "Spoke with them.")
        assert (closed["state"], closed["closed_by"]) == ("confirmed", "walt")


def test_people_read_why_on_a_line_of_its_own(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("moment,actor,decoy\n2026-01-05,dana,true\n")
    with opened(tmp_path / "room") as room:
        session = Session(actor=lambda: WANDA)
        words = ["import-log", str(log), "--format", "csv"]
        done = CliRunner().invoke(commands(lambda: room.service), words, obj=session, catch_exceptions=False)
    assert "    Tried to open a decoy, which nobody has a reason to open." in done.stdout
    assert "dana" not in done.stdout
