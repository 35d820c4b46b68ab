"""Two organisations cosign each other from the command line; a cosignature may be stale or missing."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import socket

import pytest

from kept.practices.reporting.service import Service
from simulators.command_line import CommandLine, Ran
from simulators.hosts import free_port

Kept = Callable[..., Ran]


@contextmanager
def serving(command_line: CommandLine, folder: str) -> Iterator[str]:
    """`kept ledger witness serve` in a process of its own; its address."""
    port = free_port()
    with command_line.started("-w", folder, "ledger", "witness", "serve", "--port", str(port)) as server:
        assert server.stdout is not None
        shown = ""
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", shown)):
            line = server.stdout.readline()
            assert line, server.stderr.read() if server.stderr else ""
            shown += line
        _wait_until_it_listens(port)
        yield found.group()


def _wait_until_it_listens(port: int) -> None:
    from time import sleep

    for _ in range(400):
        with socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        sleep(0.05)
    raise AssertionError("the witness does not listen")


@pytest.fixture
def organisations(kept: Kept, acme: Path) -> None:
    """Acme AI and Beta Lab, each of whom witnesses the other's log."""
    assert kept("init", "beta", "--name", "Beta Lab").status == 0


def acquaint(kept: Kept, log: str, witness: str, url: str) -> None:
    assert kept("-w", log, "ledger", "trust", "--out", f"{log}-trust.json").status == 0
    from json import loads

    (log_key,) = loads(Path(f"{log}-trust.json").read_text())["log"]["keys"]
    assert kept("-w", witness, "ledger", "witness", "trust", log_key).status == 0
    for key in kept("-w", witness, "ledger", "witness", "key").value:
        assert kept("-w", log, "ledger", "witness", "add", url, key, "--group", witness).status == 0


def test_two_organisations_cosign_each_other_and_reports_say_so(
    kept: Kept, organisations: None, command_line: CommandLine
) -> None:
    with serving(command_line, "acme") as acme, serving(command_line, "beta") as beta:
        acquaint(kept, "acme", "beta", beta)
        acquaint(kept, "beta", "acme", acme)
        for folder in ("acme", "beta"):
            assert kept("-w", folder, "assess", "organism:rules?seed=3", "--plan", "plan.yaml").status == 0
            ran = kept("-w", folder, "ledger", "checkpoint").value
            assert {answer["outcome"] for answer in ran["witnesses"]} == {"cosigned"}
            assert {answer["outcome"] for answer in kept("-w", folder, "ledger", "witness", "ask").value} == {
                "cosigned"
            }
    for folder in ("acme", "beta"):
        trust = f"{folder}-asks-one.json"
        assert kept("-w", folder, "ledger", "trust", "--out", trust, "--minimum", "1").status == 0
        assert kept("-w", folder, "reporting", "build", "--out", f"public-{folder}").status == 0
        verdict = kept("verify", f"public-{folder}", "--trust", trust).value
        assert (verdict["answer"], verdict["witnessed"]) == ("authenticated", 1)
        # The trust file that asks for none, and no trust file at all, vouch for no witness.
        assert kept("verify", f"public-{folder}").value["witnessed"] == "unwitnessed"


def test_a_stale_or_missing_cosignature_leaves_a_report_unwitnessed_and_no_worse(
    kept: Kept, organisations: None, command_line: CommandLine
) -> None:
    with serving(command_line, "beta") as beta:
        acquaint(kept, "acme", "beta", beta)
        assert kept("-w", "acme", "assess", "organism:rules?seed=3", "--plan", "plan.yaml").status == 0
        assert kept("-w", "acme", "ledger", "checkpoint").status == 0
    assert kept("-w", "acme", "ledger", "trust", "--out", "t.json", "--minimum", "1", "--freshness", "1").status == 0
    later = datetime.now(UTC) + timedelta(seconds=5)
    from time import sleep

    sleep(2.1)
    assert kept("-w", "acme", "reporting", "build", "--out", "public").status == 0
    verdict = Service.verify(Path("public"), trust=Path("t.json"), now=later)
    assert (verdict.answer, verdict.witnessed) == ("authenticated", None)
    # What is recorded now and published without the witness, which is gone, is not cosigned at all.
    assert kept("-w", "acme", "greeting", "greet", "Ada").status == 0
    ran = kept("-w", "acme", "ledger", "checkpoint")
    if ran.status == 0:
        assert {answer["outcome"] for answer in ran.value["witnesses"]} == {"unavailable"}
    else:
        assert ran.status == 7
    assert kept("-w", "acme", "reporting", "build", "--out", "public").status == 0
    assert kept("-w", "acme", "ledger", "trust", "--out", "t.json", "--minimum", "1").status == 0
    verdict_now = kept("verify", "public", "--trust", "t.json").value
    assert (verdict_now["answer"], verdict_now["witnessed"]) == ("authenticated", "unwitnessed")


def test_more_witnesses_than_there_are_cannot_be_asked_for(kept: Kept, acme: Path) -> None:
    ran = kept("ledger", "trust", "--minimum", "1")
    assert ran.status == 2
    assert "witnesses" in ran.error["message"]


@pytest.mark.parametrize("vkey", ["", "x", "a+00000000+AAAA", "../x", "a b+c", "\u202e"])
def test_a_witness_key_that_is_none_is_refused(kept: Kept, acme: Path, vkey: str) -> None:
    assert kept("ledger", "witness", "add", "http://127.0.0.1:9", "--", vkey).status == 2
    assert kept("ledger", "witness", "trust", "--", vkey).status == 2
