"""The room on the command line: whole or not at all, one JSON value, and the exit status of each kind of error."""

import os
from pathlib import Path

import pytest

from kept.practices.provenance.backends import pictures
from kept.practices.provenance.methods.picture import Picture
from kept.practices.provenance.methods.standins import picture
from simulators.command_line import CommandLine, Here

MODEL = "sha256:" + "a1" * 32


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    found = Here(tmp_path, {**os.environ, "KEPT_STATE": str(tmp_path / "state")})
    assert found.run("init", "acme", "--name", "Acme AI").status == 0
    workspace = Here(tmp_path / "acme", found.environment)
    assert workspace.run("provenance", "keys", "new").value["state"] == "current"
    drawn = Picture(picture(1, height=320, width=320), "image/png")
    (tmp_path / "acme" / "in.png").write_bytes(pictures.write(drawn, "image/png"))
    return workspace


def test_mark_then_check_prints_one_object_with_eight_fields(line: CommandLine) -> None:
    apart = CommandLine(line.home, line.environment)
    marked = apart.run("provenance", "mark", "in.png", "out.png", "--model", MODEL).value
    assert marked["bytes"] == (line.home / "out.png").stat().st_size
    verdict = apart.run("provenance", "check", "out.png").value
    line.run("provenance", "mark", "in.png", "changed.png", "--model", MODEL, "--edited")
    changed = line.run("provenance", "check", "changed.png").value
    assert changed["manifest"]["made"] == "compositeWithTrainedAlgorithmicMedia"
    fields = {"verdict", "origin", "conflicts", "model", "content_id", "p_value", "manifest", "fingerprint"}
    assert set(verdict) == fields
    assert (verdict["verdict"], verdict["origin"], verdict["model"]) == ("trusted-manifest", "ours", MODEL)
    assert line.run("provenance", "policy", "record").value == {"recorded": 0}
    assert line.run("provenance", "policy", "show").value["recorded"] == 0


def test_what_goes_wrong_leaves_no_file_and_says_why(line: CommandLine) -> None:
    (line.home / "cut.png").write_bytes((line.home / "in.png").read_bytes()[:9000])
    (line.home / "empty.png").write_bytes(b"")
    (line.home / "wrong.jpg").write_bytes((line.home / "in.png").read_bytes())
    cases = {
        ("cut.png", "out.png"): "invalid",
        ("empty.png", "out.png"): "invalid",
        ("wrong.jpg", "out.jpg"): "invalid",
        ("in.png", "out.jpg"): "invalid",
        ("missing.png", "out.png"): "notfound",
        ("in.png", "nowhere/out.png"): "notfound",
        ("in.png", "in.png"): "conflict",
    }
    before = {path.name: path.read_bytes() for path in line.home.glob("*.*")}
    for (source, target), kind in cases.items():
        assert line.run("provenance", "mark", source, target, "--model", MODEL).error["error"] == kind, source
    config = line.home / "kept.toml"
    config.write_text(config.read_text().replace("sqlite:///store.db", "postgresql://127.0.0.1:1/none"))
    offline = line.run("provenance", "mark", "in.png", "out.png", "--model", MODEL)
    assert offline.error["error"] == "unavailable"
    config.write_bytes(before["kept.toml"])
    after = {path.name: path.read_bytes() for path in line.home.glob("*.*")}
    assert {name: data for name, data in after.items() if not name.startswith("store.db")} == {
        name: data for name, data in before.items() if not name.startswith("store.db")
    }
