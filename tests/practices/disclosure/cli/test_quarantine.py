"""What is typed about quarantine, summaries and what is overdue."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from kept.core.actor import Actor
from kept.interface.terminal import Session
from kept.practices.disclosure.cli import commands
from simulators import reporter
from simulators.cases import ADA, BEN, begun
from simulators.disclosure_room import Room, opened


def run(room: Room, by: Actor, *words: str) -> Any:
    session = Session(json=True, actor=lambda: by)
    done = CliRunner().invoke(commands(lambda: room.service), list(words), obj=session, catch_exceptions=False)
    return json.loads(done.stdout)


def test_two_people_open_an_item_into_a_folder(tmp_path: Path) -> None:
    with opened(tmp_path / "room") as room:
        room.ready()
        content = reporter.sealed(*room.recipients)
        case = room.service.receive(content, programme="assistant", by=ADA).report
        item = run(room, ADA, "quarantine", "move", case, "--reason", "Hazard.")["id"]
        opening = run(room, ADA, "quarantine", "ask", item, "--reason", "To look.")["id"]
        assert run(room, BEN, "quarantine", "agree", opening)["agreed_by"] == "ben"
        found = run(room, BEN, "quarantine", "open", opening, "--out", str(tmp_path / "out"))
        assert found == {"files": [str(tmp_path / "out" / "sealed")]}
        written = tmp_path / "out" / "sealed"
        assert (written.read_bytes(), written.stat().st_mode & 0o777) == (content, 0o600)
        told = ("--to", "Authority", "--basis", "Act 12", "--hold-days", "5", "--reason", "x")
        assert run(room, ADA, "quarantine", "escalate", item, *told)["id"] == item
        assert [each["id"] for each in run(room, ADA, "quarantine", "list")] == [item]
        assert run(room, ADA, "quarantine", "give-back", opening, "--reason", "Soup.")["ended"]
        again = run(room, ADA, "quarantine", "move", case, "--reason", "After all.")["id"]
        assert run(room, ADA, "quarantine", "erase", again, "--reason", "Done.")["ended"]
        assert run(room, ADA, "quarantine", "sweep") == []


def test_a_case_is_fixed_summed_up_and_swept(tmp_path: Path) -> None:
    with opened(tmp_path / "room") as room:
        case = begun(room)
        for move in ("reproduced",):
            run(room, ADA, "triage", "move", case, move, "--reason", "Seen.")
        fix = ("--model", "assistant", "--version", "2", "--how", "safeguard", "--reason", "Done.")
        assert run(room, room.actor, "triage", "fix", case, *fix)["state"] == "fixed"
        made = run(room, room.actor, "summary")
        assert (made["summary"]["fixed"], made["summary"]["overdue"]) == (1, 0)
        assert run(room, ADA, "sweep") == {"overdue": [], "erased": []}
