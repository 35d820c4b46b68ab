"""A public tool is recorded once it answers right over a real socket, and not where it answers wrong or not at all."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from kept.errors import Invalid, Unavailable, Unverified
from kept.interface.allowance import Allowance
from kept.practices.provenance import PRACTICE
from kept.predicates.provenance_tool import ProvenanceTool
from kept.surfaces.web import application
from simulators.provenance_room import Room, opened
from simulators.served import served

SAYING = {"what": "Tells whether a file was made by us.", "model": "sha256:" + "a1" * 32}


def serve(room: Room) -> Any:
    allowance = Allowance(lambda: 0.0, burst=1e6)
    return served(application([PRACTICE], lambda _: room.service, organisation="Acme AI", allowance=allowance))


def confirm(room: Room, url: str) -> Any:
    return asyncio.run(room.service.tool_confirm(url, **SAYING, by=room.actor))


def test_a_tool_that_answers_right_is_recorded(tmp_path: Path) -> None:
    with opened(tmp_path) as room, serve(room) as address:
        room.service.keys_new()
        receipt = confirm(room, f"{address}/provenance/check")
        (stated,) = room.ledger.statements(ProvenanceTool.of_type)
        read = ProvenanceTool.parse(stated.statement)
        assert (stated.index, read.public) == (receipt.index, True)
        assert {probe.content for probe in read.probes} == {"marked", "unmarked"}
        with pytest.raises(Unavailable, match="status"):
            confirm(room, f"{address}/provenance/nothing")
        with pytest.raises(Invalid, match="no address"):
            confirm(room, "file:///etc/passwd")


def test_a_tool_with_other_keys_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT_PASSPHRASE", "one for both workspaces")
    with opened(tmp_path / "other") as other, opened(tmp_path / "ours") as room, serve(other) as address:
        other.service.keys_new()
        room.service.keys_new()
        with pytest.raises(Unverified, match="of a picture that is marked"):
            confirm(room, f"{address}/provenance/check")
        assert list(room.ledger.statements(ProvenanceTool.of_type)) == []
    with opened(tmp_path / "ours") as room, pytest.raises(Unavailable, match="can't be reached"):
        confirm(room, "http://127.0.0.1:9/check")
