"""Audits: what the broker wrote down agrees with itself and with what the ledger was told, or it is said where not."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kept.errors import Conflict, Invalid
from kept.practices.weights.records.access import Caller
from kept.practices.weights.service.releasing.meter import stream_row
from kept.practices.weights.service.tables.access import READS, RESERVATIONS, RETURNS, SUMMARIES
from kept.predicates import access_summary
from simulators.planted_leases import FILE, PlantedLease
from simulators.weights_room import Room, opened

ALICE = Caller("alice", "alignment", ("provider",), "gpu-1")
NOON = 1_795_867_200_000


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with opened(tmp_path) as found:
        yield found


def insert(room: Room, table: Any, *rows: dict[str, Any]) -> None:
    room.store.write(lambda connection: connection.execute(table.insert(), list(rows)))


def reserved(number: int, size: int, lease: str = "lease-1") -> dict[str, Any]:
    names = {"person": "alice", "team": "", "host": "gpu-1", "peer": ""}
    return names | {"number": number, "made": NOON, "lease": lease, "file": FILE, "kind": "read", "bytes": size}


def read(size: int, *, made: int = NOON, **also: Any) -> dict[str, Any]:
    also = {"outcome": "read", "bytes": size, "reservation": 1} | also
    return stream_row(ALICE, PlantedLease(), made=made, file=FILE, **also)


def busy(room: Room) -> None:
    """What a broker leaves behind: two reservations, three reads, a refusal, a decoy, and a return."""
    insert(room, RESERVATIONS, reserved(1, 1000), reserved(2, 500))
    insert(room, RETURNS, {"reservation": 2, "made": NOON, "bytes": 400})
    insert(room, READS, read(600), read(400, tensors="head.weight"), read(100, reservation=2))
    insert(
        room,
        READS,
        read(0, outcome="refused", code="budget.over"),
        read(0, outcome="refused", code="decoy.opened", decoy=True),
    )


def test_the_audit_says_who_read_what_when_and_how_much(room: Room) -> None:
    busy(room)
    found = room.service.audit()
    (row,) = found.accesses
    assert (row.person, row.file, row.lease, row.purpose) == ("alice", FILE, "lease-1", "eval run 12")
    assert (row.reads, row.refused, row.bytes) == (3, 2, 1100)
    assert row.first == row.last == "2026-11-28T12:00:00Z"
    assert (found.summaries, found.unrecorded, found.disagreements) == (0, 5, ())


def test_only_the_days_asked_for_are_shown(room: Room) -> None:
    insert(room, RESERVATIONS, reserved(1, 1000))
    insert(room, READS, read(10), read(20, made=NOON + 86_400_000))
    assert room.service.audit(until="2026-11-28").accesses[0].bytes == 10
    assert room.service.audit(since="2026-11-29").accesses[0].bytes == 20
    with pytest.raises(Invalid, match="is no day"):
        room.service.audit(since="yesterday")


def test_a_summary_says_what_was_read_and_names_nobody(room: Room) -> None:
    busy(room)
    receipt = room.service.summarise(by=room.actor)
    (recorded,) = room.ledger.statements(access_summary.TYPE)
    said = recorded.predicate
    assert said is not None
    assert recorded.index == receipt.index
    counts = {name: said[name] for name in ("start", "stop", "reads", "refused", "bytes", "reserved", "decoys")}
    assert counts == {
        "start": 1, "stop": 6, "reads": 3, "refused": 2, "bytes": 1100, "reserved": 1500, "decoys": 1
    }  # fmt: skip
    assert (said["people"], said["leases"], said["files"], said["exports"]) == (1, 1, 1, 0)
    text = str(recorded.statement)
    assert all(name not in text for name in ("alice", "gpu-1", "eval run", "lease-1"))
    assert room.service.audit().disagreements == ()


def test_each_row_is_in_one_summary(room: Room) -> None:
    busy(room)
    room.service.summarise(by=room.actor)
    with pytest.raises(Conflict, match="Nothing was asked"):
        room.service.summarise(by=room.actor)
    insert(room, READS, read(0, outcome="refused", code="lease.none"))
    room.service.summarise(by=room.actor)
    first, second = (one.predicate or {} for one in room.ledger.statements(access_summary.TYPE))
    assert (first["stop"], second["start"], second["stop"]) == (6, 6, 7)
    found = room.service.audit()
    assert (found.summaries, found.unrecorded, found.disagreements) == (2, 0, ())


def changed(table: Any, where: Any = None, **values: Any) -> Callable[[Room], None]:
    change = table.update() if where is None else table.update().where(where)
    return lambda room: room.store.write(lambda connection: connection.execute(change.values(**values)))


def gone(table: Any, where: Any) -> Callable[[Room], None]:
    return lambda room: room.store.write(lambda connection: connection.execute(table.delete().where(where)))


def more(table: Any, row: dict[str, Any]) -> Callable[[Room], None]:
    return lambda room: insert(room, table, row)


def both(*changes: Callable[[Room], None]) -> Callable[[Room], None]:
    return lambda room: [change(room) for change in changes] and None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed(READS, READS.c.number == 2, bytes=1), "bytes, root"),
        (changed(READS, READS.c.number == 1, person="mallory"), "people, root"),
        (changed(READS, READS.c.number == 5, decoy=False), "decoys, root"),
        (changed(READS, READS.c.number == 2, tensors="other"), "as entry 0 says: root."),
        (gone(READS, READS.c.number == 5), "decoys, refused, root"),
        (gone(READS, READS.c.number > 0), "bytes, decoys"),
        (changed(RESERVATIONS, RESERVATIONS.c.number == 2, bytes=501), "says: reserved"),
        (gone(SUMMARIES, SUMMARIES.c.start == 1), "gone from the store"),
        (changed(SUMMARIES, salt=b"x" * 32), "says: root"),
        (changed(SUMMARIES, stop=3), "doesn't|are not as entry"),
        (changed(SUMMARIES, position=99), "gone from the store"),
        (changed(RETURNS, bytes=501), "More went back of reservation 2"),
        (more(RETURNS, {"reservation": 7, "made": NOON, "bytes": 1}), "More went back of reservation 7"),
        (more(READS, read(1)), "1,101 bytes were read, and 1,100 set aside"),
    ],
)
def test_whatever_was_changed_since_is_found(room: Room, change: Callable[[Room], None], words: str) -> None:
    busy(room)
    room.service.summarise(by=room.actor)
    change(room)
    found = room.service.audit().disagreements
    assert any(word in each for each in found for word in words.split("|")), found


def test_a_row_put_in_between_is_found(room: Room) -> None:
    busy(room)
    gone(READS, READS.c.number == 3)(room)
    room.service.summarise(by=room.actor)
    insert(room, READS, read(100, reservation=2) | {"number": 3})
    assert "root" in room.service.audit().disagreements[0]


def test_a_summary_that_was_erased_is_missed(room: Room) -> None:
    busy(room)
    receipt = room.service.summarise(by=room.actor)
    room.ledger.erase(receipt.index, by=room.actor, reason="a mistake")
    assert "was erased" in room.service.audit().disagreements[0]
