"""A report is replayed from the command line, by a worker that is a process of its own, confined."""

import json
import os
from pathlib import Path

import pytest

from simulators import replay_room
from simulators.command_line import Here
from simulators.replay_room import RULES, programme, report
from simulators.reporter import Reporter, sealed


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "state"))
    with replay_room.opened(tmp_path):
        pass
    place = tmp_path / "acme"
    toml = place / "kept.toml"
    toml.write_text(toml.read_text().replace("[models]\n", f'[models]\nassistant = "{RULES}"\n'))
    (place / "programme.toml").write_bytes(programme())
    return Here(place, {**os.environ, "KEPT_STATE": str(tmp_path / "state")})


def test_from_a_report_to_what_it_came_to(here: Here, tmp_path: Path) -> None:
    room = ("disclosure",)
    assert here.run(*room, "programme", "new", "programme.toml").status == 0
    assert here.run(*room, "programme", "publish", "assistant").status == 0
    triage = here.run(*room, "keys", "new", "tess", "--plain", "--out", tmp_path / "tess.age").value
    worker = here.run(*room, "keys", "new", "replay", "--replay", "--plain", "--out", tmp_path / "worker.age").value
    keys = [triage["recipient"], worker["recipient"]]
    with replay_room.opened(tmp_path) as opened:
        told = Reporter().submission(readers="triagers and replay")
        made = opened.service.submit(told, sealed(*keys, report=report())).report
    queued = here.run(*room, "replay", made).value
    assert queued["state"] == "queued"
    other = here.run(*room, "replay", made, "--conversation", 1, "--worker", tmp_path / "worker.age")
    assert other.error["code"] == "replay.under-way"
    found = here.run(*room, "replay", made, "--worker", tmp_path / "worker.age").value
    assert found["state"] == "recorded", json.dumps(found, indent=1)
    assert found["results"][0]["reproduced"]
    assert found["id"] == queued["id"]
    assert [each["id"] for each in here.run(*room, "replays").value] == [found["id"]]
    assert here.run(*room, "settle").value["recorded"] == []
