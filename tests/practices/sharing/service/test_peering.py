"""Peers: added once, listed with their pinned keys, and silent once they weren't heard of for long."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kept.core.actor import Actor
from kept.core.keys import PublicKey
from kept.errors import Conflict, Denied, Invalid, Unavailable
from kept.practices.sharing.records import Peer
from kept.practices.sharing.service.moments import microseconds
from kept.practices.sharing.service.tables.peers import PEERS
from simulators.sharing_room import Room, opened

NOW = datetime(2026, 11, 29, 7, 30, tzinfo=UTC)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with opened(tmp_path, clock=lambda: NOW) as found:
        yield found


def test_a_peer_is_listed_with_its_pinned_keys(room: Room) -> None:
    key = PublicKey("ed25519", bytes(32))
    added = room.service.peers_add(Peer("lab", "Lab e.V.", keys=key.to_pem()), by=room.actor)
    assert added.key_ids == (key.key_id,)
    assert added.state == "new"
    assert room.service.peers_list() == (added,)


def test_a_name_is_given_once(room: Room) -> None:
    room.service.peers_add(Peer("lab", "Lab e.V."), by=room.actor)
    with pytest.raises(Conflict):
        room.service.peers_add(Peer("lab", "Another Lab"), by=room.actor)


def test_what_is_no_key_is_refused_before_anything_is_kept(room: Room) -> None:
    with pytest.raises(Invalid):
        room.service.peers_add(Peer("lab", "Lab e.V.", keys="-----BEGIN PRIVATE KEY-----"), by=room.actor)
    assert room.service.peers_list() == ()


def test_who_may_not_share_adds_nobody(room: Room) -> None:
    with pytest.raises(Denied):
        room.service.peers_add(Peer("lab", "Lab e.V."), by=Actor("guest", "person", frozenset({"red-teamer"})))


@pytest.mark.parametrize("name", ["", "Lab", "a b", "../x", "x" * 64, "lab\n"])
def test_a_name_is_short_and_plain(name: str) -> None:
    with pytest.raises(Invalid, match="names no peer"):
        Peer(name, "Lab e.V.")


@pytest.mark.parametrize("url", ["hub.example", "ftp://hub.example/", "https://", "https://me:secret@hub.example/"])
def test_a_server_that_nobody_could_ask_is_refused_when_it_is_named(url: str) -> None:
    with pytest.raises(Invalid, match="no URL of a TAXII server") as caught:
        Peer("lab", "Lab e.V.", url=url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("organisation", ["", " Lab", "a\nb", "x" * 201])
def test_an_organisation_is_a_name_on_one_line(organisation: str) -> None:
    with pytest.raises(Invalid):
        Peer("lab", organisation)


@pytest.mark.parametrize(("days", "state"), [(6, "active"), (8, "silent")])
def test_who_was_not_heard_of_for_a_week_is_silent(room: Room, days: int, state: str) -> None:
    room.service.peers_add(Peer("lab", "Lab e.V."), by=room.actor)
    heard = microseconds(NOW - timedelta(days=days))
    room.store.write(lambda connection: connection.execute(PEERS.update().values(heard=heard)))
    assert room.service.peers_list()[0].state == state


def test_who_reads_is_let_in_though_a_busy_store_cannot_note_it(room: Room) -> None:
    room.service.peers_add(Peer("lab", "Lab e.V."), by=room.actor)
    shown = f"Bearer {room.service.peers_key('lab', by=room.actor).text}"
    write, room.store.write = room.store.write, refused  # type: ignore[method-assign]
    assert room.service.desk.door.enter(shown).name == "lab"
    room.store.write = write  # type: ignore[method-assign]
    assert room.service.peers_list()[0].state == "new"
    room.service.desk.door.enter(shown)
    assert room.service.peers_list()[0].state == "active"


def refused(work: object) -> None:
    raise Unavailable("The store is busy.", code="store.busy")
