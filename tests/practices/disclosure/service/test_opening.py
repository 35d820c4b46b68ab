"""Sealed reports are listed unread, opened by their keys alone, and released to the room by whoever may."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyrage
import pytest
from sqlalchemy import select

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.disclosure.methods.bundles import read_bundle
from kept.practices.disclosure.service.tables.intake import RELEASED
from simulators import disclosure_room
from simulators.disclosure_room import Room
from simulators.remains import files_with
from simulators.reporter import REPORT, Reporter, sealed

TRIAGER = Actor("tess", "person", frozenset({"triage"}))
STRANGER = Actor("pat", "person", frozenset({"publish"}))


@pytest.fixture
def room(tmp_path: Path):
    with disclosure_room.opened(tmp_path) as opened:
        yield opened.ready(worker=True)


def reported(room: Room, *, at_once: bool = False) -> str:
    keys = [each.recipient for each in room.service.keys_list() if at_once or each.kind == "triage"]
    readers = "triagers and replay" if at_once else "triagers"
    return room.service.submit(Reporter().submission(readers=readers), sealed(*keys)).report


def released(room: Room, report: str):
    with room.store.read() as connection:
        content = connection.execute(select(RELEASED.c.content).where(RELEASED.c.report == report)).scalar()
    return read_bundle(content) if content else None


def test_a_triager_opens_and_releases(room: Room) -> None:
    report = reported(room)
    assert released(room, report) is None
    assert room.service.open(report, identities=[str(room.triager)], by=TRIAGER) == REPORT
    assert room.service.show(report, by=TRIAGER).released == ""
    assert room.service.release(report, identities=[str(room.triager)], by=TRIAGER) == REPORT
    assert released(room, report) == REPORT
    assert room.service.show(report, by=TRIAGER).released
    assert room.service.fetch(report, by=TRIAGER)
    events = room.service.triage_show(report, by=TRIAGER).events
    told = [("received", "reporter"), ("opened", "staff"), ("released", "reporter"), ("opened", "staff")]
    assert [(each.kind, each.audience) for each in events] == told
    assert TRIAGER.id in room.service.triage_show(report, by=TRIAGER).knowing
    with pytest.raises(Conflict, match="released already"):
        room.service.release(report, identities=[str(room.triager)], by=TRIAGER)


def test_what_is_taken_out_while_it_is_opened_is_not_released(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be hazardous, and its quarantine be over before the slow work of opening it is."""
    decrypted = room.service._decrypted
    for take in (room.service.discard, partial(room.service.quarantine_move, reason="A recipe.")):
        report = reported(room)

        def late(report: str, identities: object, take: Callable[..., object] = take) -> bytes:
            plain = decrypted(report, identities)
            take(report, by=TRIAGER)
            return plain

        monkeypatch.setattr(room.service, "_decrypted", late)
        with pytest.raises(NotFound, match="isn't in its place"):
            room.service.release(report, identities=[str(room.triager)], by=TRIAGER)
        assert released(room, report) is None


def test_the_replay_workers_key_opens_only_what_its_reporter_let_it(room: Room) -> None:
    worker = [str(room.worker)]
    kept, given = reported(room), reported(room, at_once=True)
    with pytest.raises(Denied, match="None of these identities"):
        room.service.open(kept, identities=worker, by=TRIAGER)
    assert room.service.open(given, identities=worker, by=TRIAGER) == REPORT


def test_who_has_no_key_opens_nothing(room: Room) -> None:
    report = reported(room)
    with pytest.raises(Denied, match="None of these identities"):
        room.service.open(report, identities=[str(pyrage.x25519.Identity.generate())], by=TRIAGER)
    with pytest.raises(Invalid, match="No identity"):
        room.service.open(report, identities=[], by=TRIAGER)


def test_who_has_no_role_sees_nothing(room: Room) -> None:
    report, key = reported(room), [str(room.triager)]
    for call in (
        lambda: room.service.list(by=STRANGER),
        lambda: room.service.show(report, by=STRANGER),
        lambda: room.service.fetch(report, by=STRANGER),
        lambda: room.service.open(report, identities=key, by=STRANGER),
        lambda: room.service.release(report, identities=key, by=STRANGER),
        lambda: room.service.discard(report, by=STRANGER),
    ):
        with pytest.raises(Denied):
            call()


def test_what_is_discarded_is_gone_and_that_it_came_stays(room: Room, tmp_path: Path) -> None:
    report = reported(room)
    room.service.release(report, identities=[str(room.triager)], by=TRIAGER)
    assert files_with(tmp_path, REPORT.what)
    assert room.service.discard(report, by=TRIAGER).bytes == 0
    assert (released(room, report), files_with(tmp_path, REPORT.what)) == (None, [])
    with pytest.raises(NotFound, match="discarded"):
        room.service.fetch(report, by=TRIAGER)
    assert room.service.show(report, by=TRIAGER).discarded
    assert room.ledger.body(room.service.show(report, by=TRIAGER).recorded)


def test_reports_are_listed_a_page_at_a_time(room: Room) -> None:
    made = [reported(room) for _ in range(4)]
    room.service.release(made[1], identities=[str(room.triager)], by=TRIAGER)
    everything = [each.id for each in room.service.list(by=TRIAGER)]
    assert sorted(everything) == sorted(made)
    first = room.service.list(limit=3, by=TRIAGER)
    rest = room.service.list(after=first[-1].id, by=TRIAGER)
    assert [each.id for each in (*first, *rest)] == everything
    assert [each.id for each in room.service.list(released=True, by=TRIAGER)] == [made[1]]
    assert len(room.service.list(released=False, by=TRIAGER)) == 3
    with pytest.raises(NotFound):
        room.service.list(after="r-nothing", by=TRIAGER)
