"""The replay worker's process is started with what it needs alone; confinement/ tells what is taken from it then."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from kept.core.confinement import worker as replay_worker
from kept.core.confinement.worker import endpoints, environment
from kept.errors import Unavailable
from simulators import disclosure_room

COMMAND = ("disclosure", "worker", "--identity", "none")
MODELS = {
    "far": "openai:https://api.example/v1#one",
    "near": "openai:http://127.0.0.1:8000/v1?key=NEAR_KEY#two",
    "own": "organism:rules?seed=7",
}


def test_models_that_are_reached_over_a_network_are_known_by_host_and_port() -> None:
    assert endpoints(MODELS) == {("api.example", 443), ("127.0.0.1", 8000)}


def test_a_process_of_its_own_knows_no_passphrase(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room:
        workspace = replace(room.context.workspace, models=MODELS)
    around = {"PATH": "/bin", "NEAR_KEY": "k1", "OPENAI_API_KEY": "k2", "KEPT_PASSPHRASE": "p", "AWS_SECRET": "s"}
    assert environment(workspace, around) == {"PATH": "/bin", "NEAR_KEY": "k1", "OPENAI_API_KEY": "k2"}


def test_a_worker_that_does_not_end_well_says_why(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room:
        work = replay_worker.process(room.context.workspace, COMMAND, seconds=600)
        with pytest.raises(Unavailable, match="ended with"):
            asyncio.run(work)


def test_a_worker_that_never_ends_and_never_stops_talking_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os\nwhile True:\n    os.write(2, b'x' * 65536)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with disclosure_room.opened(tmp_path) as room:
        work = replay_worker.process(room.context.workspace, COMMAND, seconds=1)
        with pytest.raises(Unavailable, match="did not end within 1 seconds"):
            asyncio.run(work)
