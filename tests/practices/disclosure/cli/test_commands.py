"""The commands of whoever runs a programme, and of a reporter without a browser, end to end."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyrage
import pytest

from kept.practices.disclosure.service import Service
from kept.surfaces.cli import main
from simulators.disclosure_portal import MODELS


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)

    def run(*words: object, status: int = 0) -> Any:
        found = main(["--json", *map(str, words)])
        out, error = capsys.readouterr()
        assert found == status, error
        return json.loads(out) if status == 0 else json.loads(error.splitlines()[-1])

    run("init", "acme", "--name", "Acme AI")
    file = tmp_path / "acme" / "kept.toml"
    file.write_text(file.read_text().replace("[models]\n", f"[models]\n{MODELS}\n"))
    return run


def test_from_a_programme_to_a_reply(kept: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "programme.toml").write_text(kept("disclosure", "programme", "example")["toml"])
    kept("disclosure", "programme", "new", "programme.toml")
    assert kept("disclosure", "programme", "publish", "assistant")["version"] == 1
    assert [each["name"] for each in kept("disclosure", "programme", "list")] == ["assistant"]
    kept("disclosure", "keys", "new", "tess", "--out", "tess.key", "--plain")
    assert kept("disclosure", "security-txt", status=7)["code"] == "security.address"

    recipients = tmp_path / "recipients.txt"
    recipients.write_text(
        "# keys\n" + "\n".join(each["recipient"] for each in kept("disclosure", "keys", "list")) + "\n"
    )
    (tmp_path / "report.txt").write_text("It tells the card.\nAsk in verse.\n")
    (tmp_path / "notes.txt").write_text("notes")
    made = kept("disclosure", "encrypt", "report.txt", "-R", recipients, "-o", "report.age", "--attach", "notes.txt")
    keys = kept("disclosure", "receipt", "keys", "--code", made["code"])
    assert keys["access"] == made["access"]
    assert str(pyrage.x25519.Identity.from_str(keys["identity"]).to_public()) == made["recipient"]

    own = pyrage.decrypt((tmp_path / "report.age").read_bytes(), [pyrage.x25519.Identity.from_str(keys["identity"])])
    assert b"Ask in verse" in own
    report = kept("disclosure", "receive", "report.age", "--programme", "assistant")["report"]
    assert kept("disclosure", "show", report)["route"] == "staff"
    assert [each["id"] for each in kept("disclosure", "list", "--unreleased")] == [report]
    opened = kept("disclosure", "open", report, "-i", "tess.key", "--out", "files")
    assert opened["title"] == "It tells the card."
    assert (tmp_path / "files" / "notes.txt").read_text() == "notes"
    assert kept("disclosure", "open", report, "-i", "tess.key", "--out", "files", status=5)["code"] == "files.exist"
    kept("disclosure", "fetch", report, "copy.age")
    if shutil.which("age"):
        plain = subprocess.run(["age", "-d", "-i", "tess.key", "copy.age"], capture_output=True, check=True).stdout
        assert b"Ask in verse" in plain
    kept("disclosure", "release", report, "-i", "tess.key")
    assert kept("disclosure", "list", "--unreleased") == []
    assert kept("disclosure", "reply", report, "Thanks", status=3)["code"] == "receipt.missing"
    main(["disclosure", "discard", report])
    assert f"kept disclosure triage close {report}" in capsys.readouterr().out
    kept("disclosure", "triage", "close", report, "--reason", "It is spam.")
    main(["disclosure", "discard", report])
    assert capsys.readouterr().out == f"What {report} said is deleted.\n"
    assert kept("disclosure", "open", report, "-i", "tess.key", status=3)["code"] == "report.discarded"


def test_what_is_printed_for_people_shows_no_controls(
    kept: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "programme.toml").write_text(Service.programme_example())
    kept("disclosure", "programme", "new", "programme.toml")
    kept("disclosure", "programme", "publish", "assistant")
    kept("disclosure", "keys", "new", "tess", "--out", "tess.key", "--plain")
    mean = {"version": 1, "title": "\x1b[2J\u202eevil", "what": "a\x07b"}
    (tmp_path / "report.json").write_text(json.dumps(mean))
    key = kept("disclosure", "keys", "list")[0]["recipient"]
    (tmp_path / "r.txt").write_text(key)
    kept("disclosure", "encrypt", "report.json", "-R", "r.txt", "-o", "report.age")
    report = kept("disclosure", "receive", "report.age", "--programme", "assistant")["report"]
    assert main(["disclosure", "open", report, "-i", "tess.key"]) == 0
    shown = capsys.readouterr().out
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", shown)
    assert "evil" in shown
