"""What is typed to bring vendors into a case."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from kept.interface.terminal import Session
from kept.practices.disclosure.cli import commands
from simulators.cases import ADA, begun
from simulators.disclosure_room import Room, opened


def run(room: Room, *words: str) -> Any:
    session = Session(json=True, actor=lambda: ADA)
    group = commands(lambda: room.service)
    done = CliRunner().invoke(group, ["vendors", *words], obj=session, catch_exceptions=False)
    return json.loads(done.stdout)


def test_a_vendor_is_invited_told_renewed_and_revoked(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        case = begun(room)
        made = run(room, "invite", case, "Model Hub", "--side", "downstream")
        vendor = made["vendor"]["id"]
        assert run(room, "share", case, "Look.", "--to", vendor) == {"told": [vendor]}
        assert room.service.vendor_view(made["token"]).shared[0].text == "Look."
        assert run(room, "renew", vendor)["token"] != made["token"]
        assert run(room, "revoke", vendor, "--reason", "Gone.")["revoked"]
        assert [each["id"] for each in run(room, "list", case)] == [vendor]
