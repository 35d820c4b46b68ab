"""The decision: no byte leaves that is not allowed, set aside durably and written down."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kept.core.store import Store
from kept.errors import Denied, Invalid, KeptError, Unavailable
from kept.practices.weights.methods.budgets import read_budget
from kept.practices.weights.records.access import Caller
from kept.practices.weights.service.moments import ClockSetBackError, Moments
from kept.practices.weights.service.releasing.decoys import Decoys
from kept.practices.weights.service.releasing.gate import Gate, Opening
from kept.practices.weights.service.releasing.meter import Meter, latest
from kept.practices.weights.service.tables import SCHEMA
from kept.practices.weights.service.tables.access import READS, RESERVATIONS, RETURNS
from simulators.planted_leases import FILE, PlantedContainers, PlantedKeyholder

ALICE = Caller("alice", "alignment", ("provider",), "gpu-1", uid=1000, pid=7)


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 28, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def turn(self, **amount: float) -> None:
        self.time += timedelta(**amount)


@dataclass
class Bench:
    store: Store
    clock: Hands
    leases: PlantedKeyholder
    decoys: Decoys
    budgets: tuple[str, ...] = ()
    ahead: int = 0
    runtimes: tuple[str, ...] = ("inference",)

    def gate(self) -> Gate:
        """A broker that has just started on the store as it is."""
        moments = Moments(self.clock, latest=latest(self.store))
        meter = Meter(self.store, map(read_budget, self.budgets), moments)
        meter.load()
        return Gate(
            keyholder=self.leases,
            containers=PlantedContainers(),
            meter=meter,
            moments=moments,
            decoys=self.decoys,
            places=lambda file: file,
            version=lambda: len(self.leases.revoked),
            exporting=None,
            runtimes=self.runtimes,
            ahead=self.ahead,
        )

    def rows(self, table: Any) -> list[Any]:
        with self.store.read() as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key)))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = Store.open(f"sqlite:///{tmp_path}/store.db", [SCHEMA])
    yield Bench(store, Hands(), PlantedKeyholder(), Decoys(store))
    store.close()


def run(work: Any) -> Any:
    return asyncio.run(work)


async def read(gate: Gate, opening: Opening, *spans: tuple[str, int, int]) -> None:
    for span in spans:
        await gate.decide(opening, *span)


def test_what_is_read_is_set_aside_first_and_written_down(bench: Bench) -> None:
    bench.leases.add()
    gate = bench.gate()
    opening = gate.look(ALICE, "lease-1", FILE)

    async def work() -> None:
        assert await gate.decide(opening, "blocks.1.weight", 10, 110) == (1010, 1110)
        (reserved,) = bench.rows(RESERVATIONS)
        assert (reserved.lease, reserved.file, reserved.person, reserved.bytes) == ("lease-1", FILE, "alice", 100)
        await gate.close(opening)
        await gate.flush([])

    run(work())
    (row,) = bench.rows(READS)
    assert (row.person, row.outcome, row.tensors, row.bytes, row.reservation) == (
        "alice",
        "read",
        "blocks.1.weight",
        100,
        1,
    )
    assert (row.purpose, row.team, row.host, row.lease) == ("eval run 12", "alignment", "gpu-1", "lease-1")
    assert opening.sealed.closed  # type: ignore[attr-defined]


def test_small_reads_wait_for_no_disk_and_the_rest_goes_back(bench: Bench) -> None:
    bench.leases.add(bytes=5000)
    bench.ahead = 1000
    gate = bench.gate()
    opening = gate.look(ALICE, "lease-1", FILE)

    async def work() -> None:
        await read(gate, opening, *[("head.weight", 0, 4)] * 100)
        assert len(bench.rows(RESERVATIONS)) == 1
        await gate.close(opening)

    run(work())
    assert [row.bytes for row in bench.rows(RETURNS)] == [600]


def test_what_a_crash_left_set_aside_counts_as_spent(bench: Bench) -> None:
    bench.leases.add(bytes=1500)
    bench.ahead = 1000
    gate = bench.gate()
    run(read(gate, gate.look(ALICE, "lease-1", FILE), ("head.weight", 0, 4)))
    # Nothing was closed: another broker starts on what is durable.
    bench.ahead = 0
    again = bench.gate()
    opening = again.look(ALICE, "lease-1", FILE)
    with pytest.raises(Denied, match="500 bytes left"):
        run(read(again, opening, ("blocks.0.weight", 0, 501)))
    run(read(again, opening, ("blocks.0.weight", 0, 500)))


def test_a_budget_counts_across_restarts_and_leases(bench: Bench) -> None:
    bench.budgets = ("person 1d 1kB",)
    bench.leases.add()
    bench.leases.add(id="lease-2")
    gate = bench.gate()
    run(read(gate, gate.look(ALICE, "lease-1", FILE), ("blocks.0.weight", 0, 900)))
    bench.clock.turn(hours=20)
    gate = bench.gate()
    opening = gate.look(ALICE, "lease-2", FILE)
    with pytest.raises(Denied, match="person 1d 1kB") as caught:
        run(read(gate, opening, ("blocks.0.weight", 0, 101)))
    assert caught.value.code == "budget.over"
    bench.clock.turn(hours=5)
    run(read(gate, opening, ("blocks.0.weight", 0, 101)))


def test_a_lease_that_is_revoked_counts_no_longer_within_a_second(bench: Bench) -> None:
    bench.leases.add()
    bench.ahead = 5000
    gate = bench.gate()
    opening = gate.look(ALICE, "lease-1", FILE)

    async def work() -> None:
        await gate.decide(opening, "head.weight", 0, 4)
        bench.leases.revoked.add("lease-1")
        bench.clock.turn(milliseconds=900)
        with pytest.raises(Denied, match="no such lease"):
            await gate.decide(opening, "head.weight", 0, 4)

    run(work())


@pytest.mark.parametrize(
    ("lease", "place", "code"),
    [
        ("lease-9", FILE, "lease.none"),
        ("lease-bob", FILE, "lease.other"),
        ("lease-1", "cd" * 32, "lease.file"),
        ("lease-desk", FILE, "broker.runtime"),
    ],
)
def test_nothing_is_opened_that_a_lease_does_not_allow(bench: Bench, lease: str, place: str, code: str) -> None:
    bench.leases.add()
    bench.leases.add(id="lease-bob", holder="bob")
    bench.leases.add(id="lease-desk", runtime="notebook")
    gate = bench.gate()
    with pytest.raises(Denied) as caught:
        gate.look(ALICE, lease, place)
    assert caught.value.code == code
    run(gate.refuse(ALICE, caught.value, lease=lease))
    (row,) = bench.rows(READS)
    assert (row.outcome, row.code, row.lease, row.person, row.bytes) == ("refused", code, lease, "alice", 0)


def test_a_runtime_may_be_bound_to_a_host(bench: Bench) -> None:
    bench.leases.add()
    bench.runtimes = ("inference@gpu-1",)
    assert bench.gate().look(ALICE, "lease-1", FILE)
    with pytest.raises(Denied, match="Unmarked weights"):
        bench.gate().look(replace(ALICE, host="laptop"), "lease-1", FILE)


@pytest.mark.parametrize(
    ("pattern", "span", "kind"),
    [
        ("blocks.0.*", ("head.weight", 0, 4), Denied),
        ("blocks.0.*", ("", 0, 4), Denied),
        ("*", ("nothing", 0, 4), Denied),
        ("*", ("head.weight", 0, 17), Invalid),
        ("*", ("head.weight", 5, 4), Invalid),
        ("*", ("", 0, 2017), Invalid),
    ],
)
def test_only_the_tensors_of_the_lease_are_read(
    bench: Bench, pattern: str, span: tuple[str, int, int], kind: type[KeptError]
) -> None:
    bench.leases.add(tensors=pattern)
    gate = bench.gate()
    opening = gate.look(ALICE, "lease-1", FILE)
    with pytest.raises(kind):
        run(read(gate, opening, span))
    assert not bench.rows(RESERVATIONS)


def test_an_export_lease_reads_nothing_unmarked(bench: Bench) -> None:
    bench.leases.add(kind="export", runtime="")
    gate = bench.gate()
    opening = gate.look(ALICE, "lease-1", FILE)
    with pytest.raises(Denied, match="one of export"):
        run(read(gate, opening, ("head.weight", 0, 4)))


def test_whoever_tries_a_decoy_is_written_down_and_not_told(bench: Bench) -> None:
    bench.leases.add(file="dd" * 32)
    bench.leases.add(id="lease-2")
    bench.decoys.plant("dd" * 32, "/srv/gpt-next.sealed", made=0)
    gate = bench.gate()
    told = []
    for lease, place in [("lease-1", "dd" * 32), ("lease-2", "cc" * 32)]:
        with pytest.raises(Denied) as caught:
            gate.look(ALICE, lease, place)
        told.append((str(caught.value), caught.value.code))
        run(gate.refuse(ALICE, caught.value, lease=lease))
    assert told[0] == told[1]
    decoy, other = bench.rows(READS)
    assert (decoy.decoy, decoy.code, decoy.file) == (True, "decoy.opened", "dd" * 32)
    assert (other.decoy, other.code) == (False, "lease.file")
    assert [each.touched for each in bench.decoys.list()] == [1]


def failing(store: Store, table: Any) -> Callable[[], None]:
    """Let the store refuse every row of a table, as a full disk does; returns what ends it."""
    written = store.written

    def refuse(into: Any, row: Any) -> Any:
        if into is not table:
            return written(into, row)

        async def fail() -> None:
            raise Unavailable("The disk is full.", code="store.full")

        return fail()

    store.written = refuse  # type: ignore[method-assign]

    def end() -> None:
        store.written = written  # type: ignore[method-assign]

    return end


def test_nothing_leaves_while_the_store_takes_no_reservation(bench: Bench) -> None:
    bench.leases.add(bytes=100)
    gate = bench.gate()
    opening = gate.look(ALICE, "lease-1", FILE)
    end = failing(bench.store, RESERVATIONS)
    with pytest.raises(Unavailable, match="disk is full"):
        run(read(gate, opening, ("blocks.0.weight", 0, 100)))
    assert opening.account.drawn == 0
    end()
    # What was not set aside was not spent either.
    run(read(gate, opening, ("blocks.0.weight", 0, 100)))


def test_nothing_leaves_while_what_left_is_not_written_down(bench: Bench) -> None:
    bench.leases.add()
    bench.ahead = 5000
    gate = bench.gate()
    opening = gate.look(ALICE, "lease-1", FILE)

    async def work() -> None:
        await gate.decide(opening, "head.weight", 0, 4)
        end = failing(bench.store, READS)
        with pytest.raises(Unavailable):
            await gate.flush([opening])
        with pytest.raises(Unavailable, match="disk is full"):
            await gate.decide(opening, "head.weight", 0, 4)
        end()
        await gate.flush([opening])
        await gate.decide(opening, "head.weight", 0, 4)

    run(work())
    assert [row.bytes for row in bench.rows(READS)] == [4]


def test_a_clock_that_was_set_back_stops_the_broker(bench: Bench) -> None:
    bench.leases.add()
    gate = bench.gate()
    opening = gate.look(ALICE, "lease-1", FILE)
    run(read(gate, opening, ("head.weight", 0, 4)))
    bench.clock.turn(seconds=-30)
    with pytest.raises(ClockSetBackError):
        run(read(gate, opening, ("head.weight", 0, 4)))
    with pytest.raises(ClockSetBackError, match="The clock shows"):
        bench.gate()
    bench.clock.turn(seconds=29.5)
    # A clock that is being corrected by less than a second stands still meanwhile.
    run(read(gate, opening, ("head.weight", 0, 4)))


def test_many_at_once_never_pass_a_budget_together(bench: Bench) -> None:
    bench.budgets = ("everyone 1d 5kB",)
    for number in range(40):
        bench.leases.add(id=f"lease-{number}")
    gate = bench.gate()

    async def one(number: int) -> int:
        opening = gate.look(ALICE, f"lease-{number}", FILE)
        try:
            await gate.decide(opening, "blocks.0.weight", 0, 300)
        except Denied:
            return 0
        return 300

    async def work() -> list[int]:
        return await asyncio.gather(*map(one, range(40)))

    assert sum(run(work())) == 4800
    assert sum(row.bytes for row in bench.rows(RESERVATIONS)) == 4800
