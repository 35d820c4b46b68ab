"""What [notify] may say, and that what it says wrong is named without repeating a secret."""

import os
from pathlib import Path
from typing import Any

import pytest

from kept.core.notify.records import Way
from kept.core.notify.settings import read, secret_at
from kept.errors import Denied, Invalid, NotFound

MAIL = {"url": "smtps://mail.example", "sender": "kept@acme.example"}
HOOK = {"url": "https://hook.example/in?x=1", "secret": "env:HOOK"}


def table(**more: Any) -> dict[str, Any]:
    return {"channels": {"mail": MAIL, "hook": HOOK}, "people": {"ada": ["hook", "mail:a@b.example"]}, **more}


def test_people_are_read_with_their_ways_in_order() -> None:
    found = read(table(roles={"triage": ["ada"]}), where="kept.toml")
    assert found.people == {"ada": (Way("hook"), Way("mail", "a@b.example"))}
    assert found.roles == {"triage": ("ada",)}
    assert read({}, where="kept.toml").is_empty
    with pytest.raises(NotFound):
        found.channel("pigeon")


@pytest.mark.parametrize(
    ("channel", "why"),
    [
        ({"url": "ftp://x.example"}, "no channel has a url"),
        ({"url": "https://x.example:0", "secret": "env:A"}, "no channel has a url"),
        ({"url": "https://u:hunter2@x.example", "secret": "env:A"}, "carries a name or a password"),
        ({"url": "http://hook.example", "secret": "env:A"}, "in the clear"),
        ({"url": "http://[::1", "secret": "env:A"}, "no channel has a url"),
        ({"url": "https://hook.example/a b", "secret": "env:A"}, "names no server"),
        ({"url": "https:///x", "secret": "env:A"}, "names no server"),
        ({"url": "https://hook.example"}, "needs a secret"),
        ({"url": "https://hook.example", "secret": "hunter2"}, "says where it stands"),
        ({"url": "https://hook.example", "secret": "env:A", "user": "x"}, "are of mail"),
        ({"url": "smtps://mail.example"}, "needs a sender"),
        ({"url": "smtps://mail.example/in", "sender": "a@b.example"}, "has no path"),
        ({**MAIL, "user": "kept"}, "a user has a secret"),
        ({**MAIL, "sender": "a@b.example\r\nBcc: c@d.example"}, "needs a sender"),
        ({**MAIL, "password": "hunter2"}, "has no 'password'"),
        ({**MAIL, "url": 7}, "holds texts"),
        ("smtps://mail.example", "is a table"),
    ],
)
def test_a_channel_that_cannot_be_is_refused(channel: Any, why: str) -> None:
    with pytest.raises(Invalid, match=why) as error:
        read({"channels": {"mail": channel}}, where="kept.toml")
    assert "kept.toml" in str(error.value)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"people": {"ada": "mail:a@b.example"}}, "is a list"),
        ({"people": {"ada": []}}, "is a list"),
        ({"people": {"ada": ["pigeon:x"]}}, "which isn't there"),
        ({"people": {"ada": ["mail:nobody"]}}, "is no address"),
        ({"people": {"ada": ["hook", "hook"]}}, "each once"),
        ({"people": {"a\nb": ["hook"]}}, "on one line"),
        ({"roles": {"triage": ["bo"]}}, "isn't in"),
        ({"pauses": 3}, "has no 'pauses'"),
    ],
)
def test_people_and_roles_that_cannot_be_are_refused(more: dict[str, Any], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        read(table(**more), where="kept.toml")


def test_a_secret_stands_in_the_environment_or_in_a_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2\n")
    os.chmod(file, 0o600)
    environ = {"HOOK": " hunter3 ", "EMPTY": " "}
    assert secret_at("file:secret", folder=tmp_path, environ=environ) == "hunter2"
    assert secret_at("env:HOOK", folder=tmp_path, environ=environ) == "hunter3"
    assert secret_at("", folder=tmp_path, environ=environ) == ""
    for absent in ("env:EMPTY", "env:NONE", "file:none"):
        with pytest.raises(NotFound):
            secret_at(absent, folder=tmp_path, environ=environ)
    os.chmod(file, 0o644)
    with pytest.raises(Denied, match="open to other users"):
        secret_at("file:secret", folder=tmp_path, environ=environ)
    with pytest.raises(Invalid, match="is no secret"):
        secret_at("env:BAD", folder=tmp_path, environ={"BAD": "hunter2\nhunter3"})
