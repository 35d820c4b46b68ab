"""Files and rows of a workspace that are cut, flipped, swapped or lost: told, never believed, never a traceback."""

import shutil
import sqlite3
from collections.abc import Callable
from json import loads
from pathlib import Path
from random import Random

import pytest

from kept.surfaces.cli import main
from simulators.command_line import Ran

Kept = Callable[..., Ran]
MODEL = "organism:rules?seed=3"
PLAN = "red_team: {domains: [cyber], strategies: [plain], languages: [en], prompts: 12, trials: 1, seed: 11}"


@pytest.fixture(scope="module")
def reported(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workspace that holds one campaign, its published log and its report; copied for each test."""
    made = tmp_path_factory.mktemp("reported")
    shutil.copytree(founded, made, dirs_exist_ok=True)
    (made / "plan.yaml").write_text(PLAN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEPT_STATE", str(made / "state"))
        patch.chdir(made)
        assert main(["-w", "acme", "assess", MODEL, "--plan", "plan.yaml"]) == 0
        assert main(["-w", "acme", "reporting", "build", "--out", "public"]) == 0
    return made


@pytest.fixture
def told(reported: Path, home: Path) -> Path:
    """A workspace with one campaign, a published log and a report."""
    shutil.copytree(reported, home, dirs_exist_ok=True)
    return home / "acme"


def flip(path: Path, at: float = 0.5) -> None:
    data = bytearray(path.read_bytes())
    data[int(len(data) * at)] ^= 0x10
    path.write_bytes(bytes(data))


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def in_database(acme: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(acme / "store.db") as connection:
        assert connection.execute(statement, values).rowcount != 0
    connection.close()


def rows(acme: Path, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(acme / "store.db") as connection:
        found = connection.execute(statement).fetchall()
    connection.close()
    return found


VERBS = (
    ("ledger", "verify"),
    ("status",),
    ("gate", MODEL),
    ("red-team", "list"),
    ("reporting", "build", "--out", "again"),
)


def attempts(kept: Kept) -> dict[str, Ran]:
    """What every verb says of the workspace as it is; each answers, or fails by one of the six kinds."""
    found = {}
    for verb in VERBS:
        ran = kept(*verb)
        if ran.status not in (0, 1):
            assert ran.error
        found["gate" if verb[0] == "gate" else " ".join(verb[:2])] = ran
    return found


def test_the_untouched_workspace_is_whole(kept: Kept, told: Path) -> None:
    assert {ran.status for ran in attempts(kept).values()} <= {0, 1}


READ_BY_ALL = ("ledger verify", "status", "gate", "reporting build")


@pytest.mark.parametrize("column", ["envelope", "salt"])
def test_a_flipped_body_in_the_store_is_believed_by_no_verb(kept: Kept, told: Path, column: str) -> None:
    ((value,),) = rows(told, f"SELECT {column} FROM ledger_body WHERE position = 1")
    assert isinstance(value, bytes)
    in_database(told, f"UPDATE ledger_body SET {column} = ? WHERE position = 1", bytes([value[0] ^ 1]) + value[1:])
    found = attempts(kept)
    for verb in READ_BY_ALL:
        assert found[verb].status == 6, verb
        assert "1" in found[verb].error["message"]
    assert not Path("again").exists()
    in_database(told, f"UPDATE ledger_body SET {column} = ? WHERE position = 1", value)
    assert {ran.status for ran in attempts(kept).values()} <= {0, 1}


def test_bodies_that_changed_places_are_believed_by_no_verb(kept: Kept, told: Path) -> None:
    in_database(told, "UPDATE ledger_body SET position = position + 100 WHERE position < 2")
    in_database(told, "UPDATE ledger_body SET position = 1 - (position - 100) WHERE position >= 100")
    found = attempts(kept)
    assert {found[verb].status for verb in READ_BY_ALL} == {6}


def test_a_body_that_is_lost_without_an_erasure_is_not_passed_over(kept: Kept, told: Path) -> None:
    in_database(told, "DELETE FROM ledger_body WHERE position = 1")
    found = attempts(kept)
    assert {found[verb].status for verb in READ_BY_ALL} == {6}


@pytest.mark.parametrize("column", ["raw", "leaf"])
def test_a_flipped_entry_in_the_store_is_believed_by_no_verb(kept: Kept, told: Path, column: str) -> None:
    ((value,),) = rows(told, f"SELECT {column} FROM ledger_entry WHERE position = 0")
    assert isinstance(value, bytes)
    changed = value.replace(b'"version":1', b'"version":2') if column == "raw" else bytes(32)
    assert changed != value
    in_database(told, f"UPDATE ledger_entry SET {column} = ? WHERE position = 0", changed)
    found = attempts(kept)
    assert found["ledger verify"].status == 6
    assert found["reporting build"].status in (5, 6)


def test_an_entry_that_is_lost_from_the_end_is_missed(kept: Kept, told: Path) -> None:
    last = len(rows(told, "SELECT position FROM ledger_entry")) - 1
    in_database(told, "DELETE FROM ledger_entry WHERE position >= ?", last - 1)
    in_database(told, "DELETE FROM ledger_body WHERE position >= ?", last - 1)
    found = attempts(kept)
    assert found["ledger verify"].status in (5, 6)
    assert found["reporting build"].status in (5, 6)


def test_an_outcome_that_was_made_better_in_the_store_stops_the_report(kept: Kept, told: Path) -> None:
    in_database(told, "UPDATE red_team_outcomes SET line = replace(replace(line, 's', 'r'), 'u', 'r')")
    found = attempts(kept)
    assert found["reporting build"].status in (2, 6)
    assert not Path("again").exists()
    assert kept("verify", "public", "--trust", told / "trust.json").status == 0


def test_a_result_that_was_made_better_in_the_store_does_not_reach_the_report(kept: Kept, told: Path) -> None:
    in_database(told, "UPDATE red_team_campaigns SET result = replace(result, '\"finding\":true', '\"finding\":false')")
    ran = kept("reporting", "build", "--out", "again")
    assert ran.status == 0
    again, before = (
        loads(Path(out, "report.json").read_text("utf-8"))["derived"]["claims"] for out in ("again", "public")
    )
    assert [claim["finding"] for claim in again] == [claim["finding"] for claim in before]


@pytest.mark.parametrize("seed", range(12))
def test_a_store_that_is_damaged_anywhere_is_told_of_and_never_crashes(kept: Kept, told: Path, seed: int) -> None:
    in_database(told, "UPDATE kept_migrations SET name = name")
    with sqlite3.connect(told / "store.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    chance = Random(seed)
    path = told / "store.db"
    data = bytearray(path.read_bytes())
    if seed % 4 == 3:
        data = data[: chance.randrange(1, len(data))]
    else:
        for _ in range(8):
            start = chance.randrange(0, len(data))
            data[start : start + 64] = chance.randbytes(min(64, len(data) - start))
    path.write_bytes(bytes(data))
    for name in ("store.db-wal", "store.db-shm"):
        (told / name).unlink(missing_ok=True)
    attempts(kept)
    if Path("again").exists():
        # What could still be read was whole: then the report is true.
        assert kept("verify", "again", "--trust", told / "trust.json").status == 0
    assert kept("verify", "public", "--trust", told / "trust.json").status == 0


def test_a_store_that_is_no_database_and_one_that_is_gone(kept: Kept, told: Path) -> None:
    for name in ("store.db-wal", "store.db-shm"):
        (told / name).unlink(missing_ok=True)
    (told / "store.db").write_bytes(b"not a database" * 1000)
    for ran in attempts(kept).values():
        assert ran.status in (6, 7)
    (told / "store.db").unlink()
    # An empty store next to a log that was published is not the same log.
    assert kept("ledger", "verify").status in (5, 6)
    assert kept("reporting", "build", "--out", "again").status in (5, 6)


TILES = ("ledger/tile/0/000.p/2", "ledger/tile/entries/000.p/2")


@pytest.mark.parametrize("name", TILES)
@pytest.mark.parametrize("damage", [flip, cut, Path.unlink], ids=["flipped", "cut", "lost"])
def test_a_damaged_tile_is_told_of_and_made_anew(
    kept: Kept, told: Path, name: str, damage: Callable[[Path], None]
) -> None:
    damage(told / name)
    ran = kept("ledger", "verify")
    assert ran.status == 6
    assert "--rebuild" in ran.error["hint"]
    assert kept("ledger", "checkpoint", "--rebuild").status == 0
    assert kept("ledger", "verify").status == 0


@pytest.mark.parametrize("damage", [flip, cut, Path.unlink], ids=["flipped", "cut", "lost"])
def test_a_damaged_checkpoint_is_never_served_or_signed_over(
    kept: Kept, told: Path, damage: Callable[[Path], None]
) -> None:
    held = (told / "ledger/checkpoint").read_bytes()
    damage(told / "ledger/checkpoint")
    assert kept("ledger", "verify").status in (3, 6)
    ran = kept("ledger", "checkpoint")
    if ran.status:
        assert ran.error["error"] == "unverified"
        (told / "ledger/checkpoint").write_bytes(held)
    assert kept("ledger", "checkpoint").status == 0
    assert kept("ledger", "verify").status == 0


@pytest.mark.parametrize("damage", [flip, cut, Path.unlink], ids=["flipped", "cut", "lost"])
@pytest.mark.parametrize("name", ["keys/log.pem", "keys/provider.pem", "keys/keyring.json", "trust.json", "kept.toml"])
def test_a_damaged_key_keyring_trust_file_or_kept_toml_is_named(
    kept: Kept, told: Path, name: str, damage: Callable[[Path], None]
) -> None:
    (told / name).rename(told.parent / "put away")
    shutil.copy(told.parent / "put away", told / name)
    damage(told / name)
    ran = kept("reporting", "build", "--out", "again")
    said = ran.out if ran.status == 0 else ran.error["message"] + ran.error["hint"]
    # A bit of a comment in kept.toml is nobody's business; without the file there is no workspace.
    assert any(word in said for word in (Path(name).name, "trust", "workspace" if name == "kept.toml" else name)) or (
        ran.status == 0 and name == "kept.toml"
    )
    (told.parent / "put away").replace(told / name)
    assert kept("reporting", "build", "--out", "again").status == 0
