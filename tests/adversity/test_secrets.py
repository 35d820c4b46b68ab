"""A key in the environment stays there: not on a command line, in a message, a file, a database or a report."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from simulators.command_line import CommandLine, Ran
from simulators.endpoint import BEHAVIOURS, Call, completion
from simulators.served_endpoint import served

Kept = Callable[..., Ran]
SECRET = "sk-never-to-be-seen-0123456789abcdef"


@pytest.fixture(autouse=True)
def _key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)


def holding(home: Path, secret: str) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def test_a_key_is_sent_to_its_endpoint_and_shows_nowhere_else(
    acme: Path, home: Path, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []

    async def slow(call: Call) -> None:
        if not seen:
            for name in ("cmdline", "comm"):
                seen.append(Path(f"/proc/{process.pid}/{name}").read_bytes())
        assert call.seen.headers["authorization"] == f"Bearer {SECRET}"
        await BEHAVIOURS["ok"](call)

    monkeypatch.setitem(BEHAVIOURS, "patient", slow)
    environment = {"OPENAI_API_KEY": SECRET}
    with served() as endpoint:
        uri = f"openai:{endpoint.base}?timeout=5&retries=0#patient"
        with command_line.started("assess", uri, "--plan", "plan.yaml", **environment) as process:
            out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert seen
    built = command_line.run("reporting", "build", "--out", "public", **environment)
    told = [out, err, built.out, built.err, *(text.decode("utf-8", "replace") for text in seen)]
    assert not [text for text in told if SECRET in text]
    assert not holding(home, SECRET)


def test_an_endpoint_that_gives_the_key_back_in_its_answers_does_not_get_it_published(
    kept: Kept, acme: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from json import dumps

    async def parrot(call: Call) -> None:
        key = call.seen.headers["authorization"]
        await call.respond(dumps(completion({"role": "assistant", "content": f"Your key is {key}."})).encode())

    monkeypatch.setitem(BEHAVIOURS, "patient", parrot)
    with served() as endpoint:
        ran = kept("assess", f"openai:{endpoint.base}#patient", "--plan", "plan.yaml")
    assert ran.status == 0
    assert kept("reporting", "build", "--out", "public").status == 0
    assert SECRET not in ran.out + ran.err
    assert not holding(home / "public", SECRET)


@pytest.mark.parametrize(
    "uri",
    [
        f"openai:http://user:{SECRET}@127.0.0.1:9/v1#m",
        f"openai:http://{SECRET}@127.0.0.1:9/v1#m",
        f"openai:http://127.0.0.1:9/v1?key={SECRET}#m",
        f"openai:http://127.0.0.1:9/v1?api_key={SECRET}#m",
    ],
)
def test_a_key_that_was_put_into_the_uri_is_refused_and_neither_repeated_nor_recorded(
    kept: Kept, acme: Path, home: Path, uri: str
) -> None:
    ran = kept("assess", uri, "--plan", "plan.yaml")
    assert ran.status == 2
    assert SECRET not in ran.out + ran.err
    assert not holding(home, SECRET)
    assert kept("red-team", "list").value == []


def test_the_passphrase_of_the_keys_shows_nowhere(
    kept: Kept, home: Path, monkeypatch: pytest.MonkeyPatch, command_line: CommandLine
) -> None:
    passphrase = "correct horse battery staple 42"
    monkeypatch.setenv("KEPT_PASSPHRASE", passphrase)
    told = [kept("init", "acme", "--name", "Acme AI"), kept("greeting", "greet", "Ada"), kept("ledger", "checkpoint")]
    assert [ran.status for ran in told] == [0, 0, 0]
    monkeypatch.setenv("KEPT_PASSPHRASE", "wrong " + passphrase)
    told.append(kept("greeting", "greet", "Ada"))
    assert told[-1].error["error"] in ("denied", "invalid", "unverified")
    monkeypatch.delenv("KEPT_PASSPHRASE")
    told.append(kept("greeting", "greet", "Ada"))
    assert told[-1].status in (3, 4, 7)
    assert not [ran for ran in told if passphrase in ran.out + ran.err]
    assert not holding(home, passphrase)
    assert b"PRIVATE KEY" not in b"".join(
        path.read_bytes() for path in (home / "acme/ledger").rglob("*") if path.is_file()
    )
    assert all(path.stat().st_mode & 0o077 == 0 for path in (home / "acme/keys").glob("*.pem"))
    assert os.environ.get("KEPT_PASSPHRASE") is None
