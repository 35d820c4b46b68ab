"""A workspace that is copied, restored from a backup, or parted from its state: no log is signed into a fork."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from simulators.command_line import Ran

Kept = Callable[..., Ran]


@pytest.fixture
def recorded(kept: Kept, acme: Path) -> Path:
    """A workspace whose published log holds two greetings."""
    for name in ("Ada", "Grace"):
        assert kept("greeting", "greet", name).status == 0
    assert kept("ledger", "checkpoint").status == 0
    return acme


def test_of_two_copies_only_the_first_goes_on(kept: Kept, recorded: Path) -> None:
    shutil.copytree(recorded, "copy")
    assert kept("-w", "acme", "greeting", "greet", "Ada").status == 0
    assert kept("-w", "acme", "ledger", "checkpoint").status == 0
    assert kept("-w", "copy", "greeting", "greet", "Eve").status == 0
    for verb in (("ledger", "checkpoint"), ("reporting", "build", "--out", "public")):
        ran = kept("-w", "copy", *verb)
        assert ran.status == 5
        assert ran.error["code"] == "ledger.fork"
        assert ran.error["hint"]
    assert not Path("public").exists()
    assert kept("-w", "acme", "reporting", "build", "--out", "public").status == 0
    assert kept("verify", "public", "--trust", "acme/trust.json").value["answer"] == "authenticated"


def test_copies_that_record_the_same_differ_all_the_same(kept: Kept, recorded: Path) -> None:
    shutil.copytree(recorded, "copy")
    for folder, status in (("acme", 0), ("copy", 5)):
        assert kept("-w", folder, "greeting", "greet", "Ada").status == 0
        assert kept("-w", folder, "ledger", "checkpoint").status == status


def test_a_restored_backup_is_not_signed_into_a_fork(kept: Kept, recorded: Path) -> None:
    shutil.copytree(recorded, "backup")
    assert kept("-w", "acme", "greeting", "greet", "Ada").status == 0
    assert kept("-w", "acme", "ledger", "checkpoint").status == 0
    shutil.rmtree(recorded)
    Path("backup").rename(recorded)
    assert kept("-w", "acme", "ledger", "verify").status in (5, 6)
    assert kept("-w", "acme", "greeting", "greet", "Eve").status == 0
    ran = kept("-w", "acme", "ledger", "checkpoint")
    assert ran.status == 5
    assert "kept init" in ran.error["hint"]
    assert kept("-w", "acme", "reporting", "build", "--out", "public").status == 5


def state_of(home: Path) -> Path:
    (folder,) = (home / "state").iterdir()
    return folder


def test_without_its_state_a_workspace_goes_on_from_its_own_checkpoint(kept: Kept, recorded: Path, home: Path) -> None:
    mark = state_of(home) / "high-water-mark.json"
    mark.unlink()
    assert kept("greeting", "greet", "Ada").status == 0
    assert kept("ledger", "checkpoint").status == 0
    assert mark.exists()
    assert kept("ledger", "verify").status == 0


def test_without_the_secret_that_unlocks_its_keys_nothing_is_signed_and_it_says_where_it_belongs(
    kept: Kept, recorded: Path, home: Path
) -> None:
    secret = state_of(home) / "secret"
    secret.rename(home / "put away")
    for verb in (("greeting", "greet", "Ada"), ("reporting", "build", "--out", "public")):
        ran = kept(*verb)
        assert ran.status in (3, 4, 7)
        assert str(secret) in ran.error["message"] + ran.error["hint"]
    (home / "put away").rename(secret)
    assert kept("greeting", "greet", "Ada").status == 0


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b"\xff\x00", b'{"version":1}', b"x" * 3_000_000])
def test_a_damaged_mark_stops_publishing_until_somebody_looks(
    kept: Kept, recorded: Path, home: Path, garbage: bytes
) -> None:
    mark = state_of(home) / "high-water-mark.json"
    held = mark.read_bytes()
    mark.write_bytes(garbage)
    assert kept("greeting", "greet", "Ada").status == 0
    ran = kept("ledger", "checkpoint")
    assert ran.status in (2, 6)
    assert "high-water" in ran.error["message"] + ran.error["hint"]
    mark.write_bytes(held)
    assert kept("ledger", "checkpoint").status == 0


def test_a_state_folder_that_is_a_file_is_named(kept: Kept, recorded: Path, home: Path) -> None:
    folder = state_of(home)
    folder.rename(home / "put away")
    folder.write_bytes(b"")
    ran = kept("ledger", "checkpoint")
    assert ran.error["message"]
    folder.unlink()
    (home / "put away").rename(folder)
    assert kept("ledger", "checkpoint").status == 0
