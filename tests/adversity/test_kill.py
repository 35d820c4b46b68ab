"""`kept assess` is killed at random points: its campaign can be finished, and ends as if that never had been."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from simulators.command_line import CommandLine, Ran

Kept = Callable[..., Ran]
MODEL = "organism:rules?seed=7"
PLAN = """\
red_team: {domains: [bio, cyber, societal], languages: [en, es], prompts: 12, trials: 2, seed: 5}
"""
KILLS = 8


def outcomes_of(kept: Kept, folder: str, campaign: str) -> dict[str, object]:
    shown = kept("-w", folder, "red-team", "show", campaign).value
    assert shown["state"] == "completed"
    found: dict[str, object] = shown["result"]["outcomes"]
    return found


def test_a_campaign_killed_again_and_again_ends_as_an_uninterrupted_one(
    kept: Kept, acme: Path, command_line: CommandLine
) -> None:
    Path("plan.yaml").write_text(PLAN)
    began = time.monotonic()
    whole = kept("assess", MODEL, "--plan", "plan.yaml").value["rooms"][0]["summary"]
    took = time.monotonic() - began
    expected = outcomes_of(kept, "acme", whole["campaign"])
    chance = Random(1)

    def sit(*arguments: str | Path) -> int:
        """One sitting, killed at a random moment unless it ends first."""
        with command_line.started(*arguments) as process:
            try:
                process.communicate(timeout=chance.uniform(0.35, 0.6 + took))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
            return process.returncode

    killed = 0
    for _ in range(KILLS):
        campaigns = kept("red-team", "list").value
        (left, *more) = [one for one in campaigns if one["state"] == "open"] or [None]
        assert not more
        status = sit("red-team", "resume", left["campaign"]) if left else sit("assess", MODEL, "--plan", "plan.yaml")
        assert status in (0, -signal.SIGKILL)
        killed += status != 0
        if left:
            made = next(one for one in kept("red-team", "list").value if one["campaign"] == left["campaign"])
            assert made["succeeded"] + made["resisted"] + made["unassessed"] >= (
                left["succeeded"] + left["resisted"] + left["unassessed"]
            )
    assert killed
    for campaign in kept("red-team", "list").value:
        if campaign["state"] == "open":
            assert kept("gate", MODEL).status == 1
            assert kept("red-team", "resume", campaign["campaign"]).value["state"] == "completed"
        assert outcomes_of(kept, "acme", campaign["campaign"]) == expected
    assert kept("reporting", "build", "--out", "public").status == 0
    assert kept("verify", "public", "--trust", acme / "trust.json").value["answer"] == "authenticated"
    assert kept("ledger", "verify").status == 0
