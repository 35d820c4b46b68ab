"""`kept accounts`, as whoever runs the server uses it, and the first admin that `kept serve` makes."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kept import app
from kept.core.accounts import passwords
from kept.surfaces.cli import main
from simulators.portal import portal


def told(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> Any:
    assert main(["--json", "accounts", *words]) == status
    captured = capsys.readouterr()
    return json.loads(captured.out if status == 0 else captured.err)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> app.App:
    monkeypatch.setattr(passwords, "COST", 2**10)
    with portal(tmp_path, monkeypatch) as served:
        monkeypatch.setenv("KEPT_WORKSPACE", str(served.app.workspace.folder))
        return app.App(served.app.workspace)


def test_accounts_are_added_changed_and_disabled(workspace: app.App, capsys: pytest.CaptureFixture[str]) -> None:
    made = told(capsys, "add", "Ada", "--role", "admin", "--role", "triage")
    assert workspace.accounts.sign_in("ada", made["password"]).must_change
    told(capsys, "add", "bo", "--no-password", "--display", "Bo B.")
    again = told(capsys, "password", "ada")
    assert again["password"] != made["password"]
    assert told(capsys, "roles", "bo", "publish")["roles"] == ["publish"]
    assert told(capsys, "disable", "ada", status=5)["code"] == "accounts.last-admin"
    told(capsys, "roles", "bo", "admin")
    assert told(capsys, "disable", made["id"])["disabled"]
    assert told(capsys, "enable", "ada")["disabled"] is False
    assert told(capsys, "sign-out", "ada") == {"ended": 0}
    assert [each["name"] for each in told(capsys, "list")] == ["ada", "bo"]


def test_a_key_is_made_listed_and_revoked(workspace: app.App, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "add", "bo", "--no-password")
    key = told(capsys, "key", "add", "bo", "--label", "nightly", "--days", "3")
    assert workspace.accounts.enter_by_key(key["key"]) is not None
    assert [each["label"] for each in told(capsys, "key", "list", "bo")] == ["nightly"]
    told(capsys, "key", "revoke", key["id"])
    assert workspace.accounts.enter_by_key(key["key"]) is None
    assert told(capsys, "key", "revoke", key["id"], status=3)["code"] == "accounts.key"


def test_the_first_admin_is_made_at_a_terminal_and_nowhere_else(workspace: app.App) -> None:
    kept = [str(Path(sys.executable).with_name("kept")), "serve", "--port", "0"]
    leader, follower = pty.openpty()
    with subprocess.Popen(kept, stdout=subprocess.PIPE, stderr=follower, text=True) as process:
        os.close(follower)
        shown = ""
        while not re.search(r"one-time password \S+\s", shown):
            shown += os.read(leader, 4096).decode()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    password = re.search(r"Sign in as admin with the one-time password (\S+)", shown)
    assert password
    assert password[1] not in out
    account = workspace.accounts.sign_in("admin", password[1])
    assert (account.roles, account.must_change) == (("admin",), True)
