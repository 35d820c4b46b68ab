"""The main job, from a model to a report that a stranger verifies: in process, and over HTTP with the same results."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kept.surfaces.cli import main

PLAN = """\
red_team:
  domains: [cyber, tool-use]
  strategies: [plain, base64, translation]
  languages: [en, es]
  prompts: 6
  trials: 2
  seed: 11
"""
MODEL = "organism:rules?seed=3"
WORLDS = """\
red_team:
  domains: [cyber, physical]
  strategies: [world-host, world-host-twin, world-plant]
  languages: [en]
  prompts: 8
"""
AGENT = "organism:agent?seed=3"


@contextmanager
def served(uri: str) -> Iterator[str]:
    """`kept models serve`, in a process of its own; gives the address of the model."""
    command = [sys.executable, "-m", "kept", "models", "serve", uri, "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            assert server.stdout is not None
            shown = ""
            while not (found := re.search(r"openai:http://127\.0\.0\.1:\d+/v1#[^\s\"]+", shown)):
                line = server.stdout.readline()
                assert line, shown
                shown += line
            yield found.group()
        finally:
            server.terminate()
            server.wait(timeout=20)


def result_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "state"))
    assert main(["init", "acme", "--name", "Acme AI"]) == 0
    (tmp_path / "plan.yaml").write_text(PLAN)
    return tmp_path / "acme"


def test_a_stranger_verifies_what_was_found(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = result_of(capsys, "assess", MODEL, "--plan", "plan.yaml")
    assert found["rooms"][0]["summary"]["state"] == "completed"
    statuses = result_of(capsys, "status")
    assert {status["commitment"] for status in statuses} == {f"C{n}" for n in range(1, 9)} | {"G1", "G2", "G3"}
    built = result_of(capsys, "reporting", "build", "--out", "public")
    assert built["campaigns"] == 1
    # The stranger has the folder and the trust file, and no workspace.
    trust = (workspace / "trust.json").rename(workspace.parent / "trust.json")
    workspace.rename(workspace.parent / "put away")
    for path in (workspace.parent / "put away").iterdir():
        assert path.name != "trust.json"
    verdict = result_of(capsys, "verify", "public", "--trust", str(trust))
    assert verdict["answer"] == "authenticated"
    assert result_of(capsys, "verify", "public")["answer"] == "consistent, not authenticated"


def test_the_gate_opens_only_on_enough_evidence(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result_of(capsys, "assess", MODEL, "--plan", "plan.yaml")
    assert main(["gate", MODEL]) == 1
    result_of(capsys, "assess", MODEL)
    assert main(["gate", MODEL]) == 0
    assert main(["gate", "organism:rules?seed=4"]) == 3


@pytest.mark.parametrize(("model", "plan"), [(MODEL, PLAN.replace("cyber", "physical")), (AGENT, WORLDS)])
def test_over_http_the_results_are_those_in_process(
    workspace: Path, capsys: pytest.CaptureFixture[str], model: str, plan: str
) -> None:
    (workspace.parent / "plan.yaml").write_text(plan)
    inside = result_of(capsys, "assess", model, "--plan", "plan.yaml")
    with served(model) as address:
        outside = result_of(capsys, "assess", address, "--plan", "plan.yaml")
    one, other = (each["rooms"][0]["summary"] for each in (inside, outside))
    assert one["succeeded"] == other["succeeded"] > 0
    assert one["model"] != other["model"]  # known by its weights inside, by its endpoint alone outside
    shown = [result_of(capsys, "red-team", "show", each["campaign"]) for each in (one, other)]
    assert shown[0]["result"]["outcomes"] == shown[1]["result"]["outcomes"]
    assert shown[0]["result"]["cells"] == shown[1]["result"]["cells"]


def test_a_secret_never_reaches_the_report_or_the_ledger(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "sk-this-must-stay-secret"
    monkeypatch.setenv("OPENAI_API_KEY", secret)
    with served(MODEL) as address:
        result_of(capsys, "assess", address, "--plan", "plan.yaml")
    result_of(capsys, "reporting", "build", "--out", "public")
    for folder in ("public", "acme"):
        for path in (workspace.parent / folder).rglob("*"):
            assert not path.is_file() or secret.encode() not in path.read_bytes(), path
    assert os.environ["OPENAI_API_KEY"] == secret
