"""The meter: sets bytes aside durably before any leaves, and writes down what left, to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, select

from kept.core.store import Store
from kept.errors import Denied, KeptError
from kept.practices.weights.methods.budgets import Spending
from kept.practices.weights.methods.reservations import Account, to_reserve
from kept.practices.weights.records.access import Budget, Caller, Reservation
from kept.practices.weights.records.insiders import Outcome
from kept.practices.weights.service.moments import Moments
from kept.practices.weights.service.releasing.needs import Leased
from kept.practices.weights.service.tables.access import READS, RESERVATIONS, RETURNS

# Rows of one minute are counted together when the broker starts: millions of rows become few.
_TOGETHER = 60_000


class Meter:
    """One broker's meter; the only one of its workspace, since it holds in memory what was spent."""

    def __init__(self, store: Store, budgets: Iterable[Budget], moments: Moments) -> None:
        self._store = store
        self._moments = moments
        self._spending = Spending(budgets)
        self._leases: dict[str, int] = {}
        self._waiting: list[Mapping[str, Any]] = []
        self._failure: KeptError | None = None
        self._number = 0

    def load(self) -> None:
        """Take up what was spent before. What a crash left set aside counts as spent."""
        since = self._moments.now() - self._spending.longest
        minute = (RESERVATIONS.c.made // _TOGETHER).label("minute")
        kept = func.sum(RESERVATIONS.c.bytes - func.coalesce(RETURNS.c.bytes, 0)).label("kept")
        who = (RESERVATIONS.c.kind, RESERVATIONS.c.person, RESERVATIONS.c.team, RESERVATIONS.c.host)
        joined = RESERVATIONS.outerjoin(RETURNS, RESERVATIONS.c.number == RETURNS.c.reservation)
        query = select(minute, kept, *who).select_from(joined).where(RESERVATIONS.c.made >= since)
        with self._store.read() as connection:
            self._number = connection.execute(select(func.coalesce(func.max(RESERVATIONS.c.number), 0))).scalar_one()
            for row in connection.execute(query.group_by(minute, *who).order_by(minute)):
                # Counted at the minute's end: rather a little too long than too short.
                moment = (int(row.minute) + 1) * _TOGETHER - 1
                named = {"person": row.person, "team": row.team, "host": row.host}
                self._spending.charge(moment, row.kind, named, int(row.kept))

    def spent(self, lease: str) -> int:
        """How many bytes a lease has spent; the store is asked once."""
        if lease not in self._leases:
            kept = func.sum(RESERVATIONS.c.bytes - func.coalesce(RETURNS.c.bytes, 0))
            joined = RESERVATIONS.outerjoin(RETURNS, RESERVATIONS.c.number == RETURNS.c.reservation)
            with self._store.read() as connection:
                found = connection.execute(
                    select(func.coalesce(kept, 0)).select_from(joined).where(RESERVATIONS.c.lease == lease)
                ).scalar_one()
            self._leases.setdefault(lease, int(found))
        return self._leases[lease]

    async def reserve(self, account: Account, leased: Leased, caller: Caller, *, wanted: int, ahead: int) -> None:
        """Set `wanted` bytes aside, or more ahead of them where that is allowed; durable on return.

        Between the check and the charge nothing else runs. Raises Denied past the lease or a budget, Unavailable where
        the store takes no row or the clock was set back: nothing may be released then.
        """
        now = self._moments.now()
        who = {"person": caller.actor, "team": caller.team, "host": caller.host}
        left = leased.bytes - self.spent(leased.id)
        if wanted > left:
            raise Denied(
                f"The lease has {max(left, 0):,} bytes left, and {wanted:,} are asked for.",
                code="lease.spent",
                hint="Ask for another: kept weights request",
            )
        room = self._spending.room(now, leased.kind, who)
        amount = to_reserve(wanted, ahead=ahead, room=min(left, room.bytes))
        if not amount:
            raise Denied(
                f"A budget ({room.budget}) allows {room.bytes:,} bytes now, and {wanted:,} are asked for.",
                code="budget.over",
                hint="Wait, or let whoever keeps the budgets change kept.toml.",
            )
        self._number += 1
        reservation = Reservation(self._number, amount)
        self._charge(now, leased, who, amount)
        try:
            await self._store.written(RESERVATIONS, _row(reservation, leased, caller, now))
        except KeptError:
            self._charge(now, leased, who, -amount)
            raise
        account.add(reservation)

    async def settle(self, account: Account, leased: Leased, caller: Caller) -> None:
        """Give back what was set aside and never drawn; what the store doesn't take stays spent."""
        now = self._moments.now()
        who = {"person": caller.actor, "team": caller.team, "host": caller.host}
        for left in account.settle():
            row = {"reservation": left.number, "made": now, "bytes": left.bytes}
            await self._store.written(RETURNS, row)
            self._charge(now, leased, who, -left.bytes)

    def check(self) -> None:
        """Raise what the store last raised, where rows of the access stream still wait for it: nothing may leave."""
        if self._failure is not None:
            failure = self._failure
            raise type(failure)(failure.message, code=failure.code, hint=failure.hint)

    def note(self, row: Mapping[str, Any]) -> None:
        """Take a row of the access stream, which the next `flush` writes down."""
        self._waiting.append(row)

    async def flush(self) -> None:
        """Write down what waits. Raises what the store raises; what it didn't take goes on waiting."""
        rows, self._waiting = self._waiting, []
        handed = [(row, self._store.written(READS, row)) for row in rows]
        failure: KeptError | None = None
        for row, written in handed:
            try:
                await written
            except KeptError as error:
                failure = error
                self._waiting.append(row)
        self._failure = failure
        self.check()

    async def write(self, row: Mapping[str, Any]) -> None:
        """Write one row of the access stream down before anything else happens, as a refusal is."""
        await self._store.written(READS, row)

    def _charge(self, now: int, leased: Leased, who: Mapping[str, str], amount: int) -> None:
        self._spending.charge(now, leased.kind, who, amount)
        self._leases[leased.id] = self._leases.get(leased.id, 0) + amount


def latest(store: Store) -> int:
    """The latest moment that anything of the broker's was recorded at; 0 where nothing was."""
    with store.read() as connection:
        columns = (RESERVATIONS.c.made, RETURNS.c.made, READS.c.made)
        return max(int(connection.execute(select(func.coalesce(func.max(made), 0))).scalar_one()) for made in columns)


def stream_row(
    caller: Caller, leased: Leased | None, *, made: int, outcome: Outcome, file: str, **also: Any
) -> dict[str, Any]:
    """A row of the access stream; `also` names columns that say more."""
    row = {
        "made": made,
        "person": caller.actor,
        "outcome": outcome,
        "file": file,
        "tensors": "",
        "bytes": 0,
        "team": caller.team,
        "role": " ".join(sorted(caller.roles)),
        "host": caller.host,
        "purpose": leased.purpose if leased else "",
        "lease": leased.id if leased else "",
        "other": "",
        "code": "",
        "decoy": False,
        "reservation": 0,
    }
    return row | also


def _row(reservation: Reservation, leased: Leased, caller: Caller, now: int) -> dict[str, Any]:
    return {
        "number": reservation.number,
        "made": now,
        "lease": leased.id,
        "file": leased.file,
        "kind": leased.kind,
        "person": caller.actor,
        "team": caller.team,
        "host": caller.host,
        "peer": f"{caller.door} uid {caller.uid} pid {caller.pid}",
        "bytes": reservation.bytes,
    }
