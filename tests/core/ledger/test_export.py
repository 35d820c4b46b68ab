"""A plain directory that a stranger can check, and whose every change is noticed."""

import json

import pytest

from kept.core.ledger import export
from kept.core.note import Checkpoint, Note
from kept.errors import Conflict, Invalid, NotFound, Unverified

from .conftest import PROVIDER, draft


@pytest.fixture
def exported(acme, tmp_path):
    acme.record(299)
    acme.ledger.record(draft(299, conceal=("note",)), by=PROVIDER)
    acme.ledger.erase(5, by=PROVIDER, reason="asked")
    acme.ledger.publish()
    acme.record(3)
    acme.ledger.export(tmp_path / "out", trust=b"{}")
    return tmp_path / "out"


def read_all(folder, key):
    note = export.read_checkpoint(folder, [key])
    return list(export.read(folder, Checkpoint.parse(note.text)))


def test_an_export_holds_what_was_published_and_verifies(acme, exported):
    read = read_all(exported, acme.ledger.log_key())
    assert len(read) == 301
    assert [item.index for item in read if item.body is None] == [5]
    assert (exported / "trust.json").read_bytes() == b"{}"
    assert {path.name for path in exported.iterdir()} == {"bodies", "checkpoint", "tile", "trust.json"}


def test_a_concealed_field_stays_concealed_unless_disclosed(acme, exported, tmp_path):
    read = read_all(exported, acme.ledger.log_key())
    assert read[299].predicate == {"number": 299}
    acme.ledger.export(tmp_path / "open", disclose=True)
    assert read_all(tmp_path / "open", acme.ledger.log_key())[299].predicate == {"note": "here", "number": 299}


def test_an_export_never_overwrites(acme, exported):
    with pytest.raises(Conflict):
        acme.ledger.export(exported)


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-1])


FILES = ["checkpoint", "tile/0/000", "tile/0/001.p/45", "tile/1/000.p/1", "tile/entries/000", "bodies/17.json"]


@pytest.mark.parametrize("damage", [flip, truncate])
@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_is_refused(acme, exported, file, damage):
    damage(exported / file)
    with pytest.raises((Unverified, Invalid)):
        read_all(exported, acme.ledger.log_key())


@pytest.mark.parametrize("file", FILES[:-1])
def test_a_missing_file_is_refused(acme, exported, file):
    (exported / file).unlink()
    with pytest.raises(NotFound):
        read_all(exported, acme.ledger.log_key())


def test_swapped_bodies_and_swapped_tiles_are_refused(acme, exported):
    bodies = exported / "bodies"
    first, second = (bodies / "1.json").read_bytes(), (bodies / "2.json").read_bytes()
    (bodies / "1.json").write_bytes(second)
    with pytest.raises(Unverified, match="entry 1"):
        read_all(exported, acme.ledger.log_key())
    (bodies / "1.json").write_bytes(first)
    tile = (exported / "tile/0/000").read_bytes()
    (exported / "tile/0/000").write_bytes(tile[32:64] + tile[:32] + tile[64:])
    with pytest.raises(Unverified, match="tile/0/000"):
        read_all(exported, acme.ledger.log_key())


def test_a_checkpoint_of_another_key_is_not_the_logs(acme, exported, opened):
    from kept.core.note import LOG_KEY, VerifierKey

    with pytest.raises(Unverified):
        read_all(exported, VerifierKey("log.example/acme", LOG_KEY, bytes(32)))
    assert Note.parse((exported / "checkpoint").read_bytes())
    assert json.loads((exported / "bodies/0.json").read_bytes()).keys() == {"envelope", "salt"}
