"""Reports are encrypted to every key in use; one that is lost costs what no other key opens, and says so."""

from pathlib import Path

import pyrage
import pytest

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.disclosure.backends.age import new_identity, read_identities
from simulators import disclosure_room
from simulators.disclosure_room import Room
from simulators.reporter import REPORT, Reporter, sealed


@pytest.fixture
def room(tmp_path: Path):
    with disclosure_room.opened(tmp_path) as opened:
        yield opened.ready()


def reported(room: Room) -> str:
    return room.service.submit(Reporter().submission(), sealed(*room.recipients)).report


def test_a_new_key_is_its_holders_alone(room: Room) -> None:
    identity, key = room.service.keys_new("omar", passphrase="correct horse", by=room.actor)
    assert b"AGE-SECRET-KEY" not in identity
    (secret,) = read_identities(identity, "correct horse")
    report = reported(room)
    assert room.service.open(report, identities=[secret], by=room.actor) == REPORT
    kept = b"".join(path.read_bytes() for path in room.context.workspace.folder.rglob("*") if path.is_file())
    assert secret.encode() not in kept
    assert key.recipient.encode() in kept
    with pytest.raises(Denied, match="not the passphrase"):
        read_identities(identity, "wrong horse")
    with pytest.raises(Denied, match="encrypted"):
        read_identities(identity, "")


@pytest.mark.parametrize("data", [b"", b"words", b"AGE-SECRET-KEY-1XYZ", b"\xff\xfe", b"AGE-SECRET-KEY-1A\nmore"])
def test_what_is_no_identity_file_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        read_identities(data, "")
    plain, _ = new_identity("")
    assert len(read_identities(plain, "")) == 1


def test_keys_have_names_of_their_own_and_there_is_one_replay_worker(room: Room) -> None:
    new = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2)]
    with pytest.raises(Conflict, match="taken already"):
        room.service.keys_add("tess", new[0], by=room.actor)
    with pytest.raises(Conflict, match="taken already"):
        room.service.keys_add("omar", room.recipients[0], by=room.actor)
    room.service.keys_add("replay", new[0], kind="replay", by=room.actor)
    with pytest.raises(Conflict, match="1 replay keys"):
        room.service.keys_add("again", new[1], kind="replay", by=room.actor)
    with pytest.raises(Invalid):
        room.service.keys_add("omar", "ssh-ed25519 AAAA", by=room.actor)
    with pytest.raises(Denied):
        room.service.keys_add("omar", new[1], by=Actor("t", "person", frozenset({"triage"})))


def test_a_lost_key_costs_nothing_that_another_opens(room: Room) -> None:
    other = pyrage.x25519.Identity.generate()
    alone = reported(room)
    room.service.keys_add("omar", str(other.to_public()), by=room.actor)
    both = reported(room)
    done = room.service.keys_retire("tess", reason="her laptop was stolen", lost=True, by=room.actor)
    assert done.lost_reports == (alone,)
    assert done.key.lost
    assert [each.name for each in room.service.keys_list()] == ["omar"]
    assert [each.reason for each in room.service.keys_list(retired=True)] == ["her laptop was stolen", ""]
    assert room.service.open(both, identities=[str(other)], by=room.actor) == REPORT
    with pytest.raises(Denied):
        room.service.open(alone, identities=[str(other)], by=room.actor)


def test_released_reports_are_lost_by_no_key(room: Room) -> None:
    report = reported(room)
    room.service.release(report, identities=[str(room.triager)], by=room.actor)
    assert room.service.keys_retire("tess", reason="lost", lost=True, by=room.actor).lost_reports == ()


def test_the_last_key_stays_unless_it_is_lost(room: Room) -> None:
    with pytest.raises(Conflict, match="last triage key"):
        room.service.keys_retire("tess", reason="she left", by=room.actor)
    with pytest.raises(NotFound):
        room.service.keys_retire("omar", reason="he left", by=room.actor)
    with pytest.raises(Invalid):
        room.service.keys_retire("tess", reason=" ", by=room.actor)


def test_a_newcomer_reads_older_reports_once_they_are_sealed_anew(room: Room) -> None:
    report = reported(room)
    newcomer = pyrage.x25519.Identity.generate()
    room.service.keys_add("omar", str(newcomer.to_public()), by=room.actor)
    with pytest.raises(Denied):
        room.service.open(report, identities=[str(newcomer)], by=room.actor)
    assert room.service.keys_reseal((str(newcomer),), by=room.actor) == 0
    assert room.service.keys_reseal((str(room.triager),), by=room.actor) == 1
    assert room.service.open(report, identities=[str(newcomer)], by=room.actor) == REPORT
    done = room.service.keys_retire("tess", reason="lost", lost=True, by=room.actor)
    assert done.lost_reports == ()
