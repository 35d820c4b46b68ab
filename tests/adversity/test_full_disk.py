"""A full disk under a workspace: told as such, nothing acknowledged is lost, and all goes on once there is room."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulators.command_line import Ran
from simulators.full_disk import SmallDisk, small_disk

Kept = Callable[..., Ran]
MODEL = "organism:rules?seed=3"


@pytest.fixture
def disk(acme: Path, home: Path) -> Iterator[SmallDisk]:
    """A small disk that holds the workspace."""
    with small_disk(home / "disk", megabytes=6) as mounted:
        if mounted is None:
            pytest.skip("only root can mount a small disk")
        shutil.move(acme, mounted.folder / "acme")
        yield mounted


def verb(kept: Kept, *arguments: str | Path) -> Ran:
    return kept("-w", "disk/acme", *arguments)


def test_recording_on_a_full_disk_is_unavailable_and_loses_nothing(kept: Kept, disk: SmallDisk) -> None:
    assert verb(kept, "greeting", "greet", "Ada").value["index"] == 0
    disk.fill()
    refused = 0
    acknowledged = 1
    for number in range(40):
        ran = verb(kept, "greeting", "greet", f"Nobody {number}")
        if ran.status == 0:
            acknowledged += 1
            continue
        assert ran.status == 7
        refused += 1
    assert refused
    disk.empty()
    assert verb(kept, "greeting", "greet", "Grace").value["index"] == acknowledged
    assert verb(kept, "ledger", "checkpoint").status == 0
    assert verb(kept, "ledger", "verify").status == 0


def test_publishing_on_a_full_disk_is_unavailable_and_another_day_works(kept: Kept, disk: SmallDisk) -> None:
    assert verb(kept, "greeting", "greet", "Ada").status == 0
    disk.fill()
    ran = verb(kept, "ledger", "checkpoint")
    assert ran.status == 7
    assert any(word in ran.error["message"] + ran.error["hint"] for word in ("full", "space"))
    disk.empty()
    assert verb(kept, "ledger", "checkpoint").status == 0
    assert verb(kept, "ledger", "verify").status == 0


def test_a_campaign_on_a_disk_that_fills_up_stays_open_and_is_finished_later(kept: Kept, disk: SmallDisk) -> None:
    section = "{domains: [cyber, bio], languages: [en], prompts: 60, seed: 1}"
    disk.fill(leave=200_000)
    ran = verb(kept, "red-team", "run", MODEL, "--section", section)
    assert ran.status == 7
    disk.empty()
    (campaign,) = verb(kept, "red-team", "list").value
    assert campaign["state"] == "open"
    made = campaign["succeeded"] + campaign["resisted"] + campaign["unassessed"]
    assert 0 < made < campaign["planned"]
    whole = verb(kept, "red-team", "resume", campaign["campaign"]).value
    assert whole["state"] == "completed"
    again = verb(kept, "red-team", "run", MODEL, "--section", section).value
    shown = [verb(kept, "red-team", "show", one["campaign"]).value["result"]["outcomes"] for one in (whole, again)]
    assert shown[0] == shown[1]


def test_a_report_that_finds_no_room_leaves_the_earlier_one_in_place(kept: Kept, disk: SmallDisk) -> None:
    assert verb(kept, "assess", MODEL, "--plan", "plan.yaml").status == 0
    assert verb(kept, "reporting", "build", "--out", "disk/public").status == 0
    before = {path: path.read_bytes() for path in Path("disk/public").rglob("*") if path.is_file()}
    disk.fill(leave=120_000)
    ran = verb(kept, "reporting", "build", "--out", "disk/public")
    assert ran.status == 7
    assert before == {path: path.read_bytes() for path in Path("disk/public").rglob("*") if path.is_file()}
    assert sorted(path.name for path in Path("disk").iterdir()) == ["acme", "ballast", "public"]
    assert kept("verify", "disk/public", "--trust", "disk/acme/trust.json").status == 0
    disk.empty()
    assert verb(kept, "reporting", "build", "--out", "disk/public").status == 0
    assert kept("verify", "disk/public", "--trust", "disk/acme/trust.json").status == 0


def test_a_workspace_that_finds_no_room_is_not_half_made(kept: Kept, disk: SmallDisk) -> None:
    disk.fill()
    assert kept("init", "disk/other", "--name", "Other AI").status == 7
    disk.empty()
    assert kept("init", "disk/other", "--name", "Other AI").status == 0
