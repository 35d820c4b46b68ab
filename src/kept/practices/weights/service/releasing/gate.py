"""The decision: whether bytes of a sealed file may leave for a caller now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase

from kept.errors import Denied, Invalid, KeptError
from kept.practices.weights.methods.reservations import Account
from kept.practices.weights.records.access import Caller, Kind, TensorPlace
from kept.practices.weights.service.moments import Moments, moment
from kept.practices.weights.service.releasing.decoys import Decoys
from kept.practices.weights.service.releasing.exporting import Exporting, Marked
from kept.practices.weights.service.releasing.meter import Meter, stream_row
from kept.practices.weights.service.releasing.needs import Containers, Keyholder, Leased, Sealed

DECOY = "decoy.opened"
"""The code, in the access stream, of whoever tried to open a decoy."""
VERSION_MILLISECONDS = 250
"""How often is asked whether any lease or key may have changed: a revocation counts within a second."""
LEASE_MILLISECONDS = 5000
"""How often a lease is looked at although nothing says that it changed."""
_HINT = "Ask for a lease: kept weights request"


class DecoyError(Denied):
    """Somebody tried to open a decoy; they are told what anyone with a wrong lease is told."""

    def __init__(self, file: str) -> None:
        super().__init__("There is no such lease of this file.", code="lease.file", hint=_HINT)
        self.file = file


@dataclass(slots=True)
class Opening:
    """A sealed file that is open to one caller under one lease."""

    caller: Caller
    leased: Leased
    sealed: Sealed = field(repr=False)
    tensors: Mapping[str, TensorPlace] = field(repr=False)
    looked: int
    parent: str
    version: int
    account: Account = field(default_factory=Account, repr=False)
    read: dict[str, tuple[int, int, int]] = field(default_factory=dict, repr=False)
    ahead: asyncio.Task[None] | None = field(default=None, repr=False)
    exhausted: bool = False

    @property
    def whole(self) -> bool:
        """Whether the lease allows every tensor."""
        return len(self.tensors) == len(self.sealed.tensors)

    def span(self, tensor: str, start: int, stop: int, *, kind: Kind) -> tuple[int, int]:
        """Where in the data these bytes of a tensor stand; an empty name is the whole of the data.

        Raises Denied for a tensor that the lease doesn't allow or a lease of another kind, Invalid for other bytes.
        """
        if self.leased.kind != kind:
            raise Denied(f"The lease is one of {self.leased.kind}.", code="lease.kind", hint=_HINT)
        if not tensor and self.whole:
            first, end = 0, self.sealed.size
        elif (place := self.tensors.get(tensor)) is not None:
            first, end = place.start, place.stop
        else:
            raise Denied(f"The lease allows no tensor {tensor[:80]!r}.", code="lease.tensor", hint=_HINT)
        if not 0 <= start <= stop <= end - first:
            raise Invalid(f"There are no bytes {start} to {stop} of {end - first}.", code="read.span")
        return first + start, first + stop


class Gate:
    """Decides, sets aside, and writes down; refusals are in the access stream before the caller hears of them."""

    def __init__(
        self,
        *,
        keyholder: Keyholder,
        containers: Containers,
        meter: Meter,
        moments: Moments,
        decoys: Decoys,
        places: Callable[[str], str],
        version: Callable[[], int],
        exporting: Exporting,
        runtimes: tuple[str, ...],
        ahead: int,
    ) -> None:
        self._keyholder = keyholder
        self._containers = containers
        self._meter = meter
        self._moments = moments
        self._decoys = decoys
        self._places = places
        self._version = version
        self._known, self._asked = -1, 0
        self._exporting = exporting
        self._runtimes = frozenset(runtimes)
        self._ahead = ahead

    def load(self) -> None:
        """Take up what was spent before."""
        self._meter.load()

    def look(self, caller: Caller, lease: str, place: str) -> Opening:
        """Open a file for a caller; blocks, so let a thread do it. Raises Denied, NotFound, Invalid, Unverified."""
        now = self._moments.now()
        # Asked first: what changes while the lease is being looked at is looked at again.
        version = self._version()
        leased = None
        if not place:
            leased = self._keyholder.lease(lease, moment(now))
            place = self._places(leased.file)
        found = self._containers.describe(place)
        if found.file in self._decoys:
            raise DecoyError(found.file)
        leased = leased or self._keyholder.lease(lease, moment(now))
        if leased.holder != caller.actor:
            raise Denied("The lease is another's.", code="lease.other", hint=_HINT)
        if leased.file != found.file:
            raise Denied("There is no such lease of this file.", code="lease.file", hint=_HINT)
        self._check_runtime(leased, caller)
        self._meter.spent(leased.id)
        key = self._keyholder.file_key(lease, moment(now), envelope=found.envelope)
        sealed = self._containers.open(place, key)
        tensors = {name: found for name, found in sealed.tensors.items() if fnmatchcase(name, leased.tensors)}
        return Opening(caller, leased, sealed, tensors, looked=now, parent=found.weights, version=version)

    def challenge(self, caller: Caller, lease: str) -> bytes:
        """A nonce for which the caller's runtime shows what it is. Raises Denied, also for another's lease."""
        now = moment(self._moments.now())
        self._check_holder(caller, lease, now)
        return self._keyholder.challenge(lease, now)

    def attest(self, caller: Caller, lease: str, evidence: bytes, nonce: bytes) -> None:
        """Take what the caller's runtime shows of itself. Raises Denied, Invalid or Unverified."""
        now = moment(self._moments.now())
        self._check_holder(caller, lease, now)
        self._keyholder.attest(lease, evidence, nonce, now)

    def _check_holder(self, caller: Caller, lease: str, now: datetime) -> None:
        if self._keyholder.lease(lease, now).holder != caller.actor:
            raise Denied("The lease is another's.", code="lease.other", hint=_HINT)

    async def decide(self, opening: Opening, tensor: str, start: int, stop: int) -> tuple[int, int]:
        """Let bytes of a tensor leave: where in the data they stand. What it returns is drawn and set aside durably.

        Raises Denied, Invalid, or Unavailable where the store takes no row: nothing leaves then.
        """
        span = opening.span(tensor, start, stop, kind="read")
        await self.draw(opening, tensor, span[1] - span[0])
        return span

    def prepare(self, opening: Opening, recipient: str) -> Marked:
        """A marked copy for the recipient of an export lease; blocks. Raises Denied, or Invalid."""
        return self._exporting.prepare(
            opening.leased, opening.sealed, opening.tensors, recipient=recipient, parent=opening.parent
        )

    def record(self, opening: Opening, marked: Marked) -> tuple[str, int, int]:
        """Record the copy before any of it leaves: its SHA-256, its bytes, and the ledger's index; blocks."""
        return self._exporting.record(opening.leased, marked, parent=opening.parent)

    def check(self, opening: Opening) -> None:
        """See that the lease is in force now. Raises as `look` does."""
        self._look_again(opening, self._moments.now())

    async def ready(self, opening: Opening) -> None:
        """Set aside what the first reads will need, so that they wait for no disk."""
        if self._beforehand(opening):
            await self._reserve_ahead(opening)

    def left(self, opening: Opening) -> int:
        """How many bytes the lease still allows."""
        spent = self._meter.spent(opening.leased.id) - opening.account.balance
        return max(opening.leased.bytes - spent, 0)

    async def draw(self, opening: Opening, tensor: str, amount: int) -> None:
        """Draw on what is set aside, once there is enough of it, for a lease that is in force now."""
        self._meter.check()
        now = self._moments.now()
        self._look_again(opening, now)
        while amount > opening.account.balance:
            if opening.ahead is not None:
                await opening.ahead
            else:
                await self._reserve(opening, amount - opening.account.balance)
        number = opening.account.draw(amount)
        _, size, _ = opening.read.get(tensor, (now, 0, 0))
        opening.read[tensor] = (now, size + amount, number)
        if not opening.ahead and not opening.exhausted and opening.account.balance < self._beforehand(opening) // 2:
            opening.ahead = asyncio.ensure_future(self._reserve_ahead(opening))

    async def refuse(self, caller: Caller, error: KeptError, *, lease: str, opening: Opening | None = None) -> None:
        """Write a refusal down. Raises what the store raises."""
        decoy = isinstance(error, DecoyError)
        file = error.file if isinstance(error, DecoyError) else opening.leased.file if opening else ""
        row = stream_row(
            caller,
            opening.leased if opening else None,
            made=self._moments.now(),
            outcome="refused",
            file=file,
            lease=lease[:64],
            code=DECOY if decoy else error.code,
            decoy=decoy,
        )
        await self._meter.write(row)

    async def close(self, opening: Opening) -> None:
        """Write down what was read, give back what wasn't, and let go of the file and its key."""
        opening.sealed.close()
        if opening.ahead is not None:
            await opening.ahead
        self._hand_over(opening)
        await self._meter.settle(opening.account, opening.leased, opening.caller)

    async def flush(self, openings: list[Opening]) -> None:
        """Write down what was read since the last time. Raises what the store raises."""
        for opening in openings:
            self._hand_over(opening)
        await self._meter.flush()

    def _look_again(self, opening: Opening, now: int) -> None:
        """See that the lease is in force still. What is signed of leases and keys only ever grows the ledger."""
        if not 0 <= now - self._asked <= VERSION_MILLISECONDS:
            self._known, self._asked = self._version(), now
        ended = now >= opening.leased.until * 1000
        if ended or opening.version != self._known or not 0 <= now - opening.looked <= LEASE_MILLISECONDS:
            opening.leased = self._keyholder.lease(opening.leased.id, moment(now))
            opening.looked, opening.version = now, self._known

    async def _reserve(self, opening: Opening, wanted: int) -> None:
        ahead = max(self._beforehand(opening), wanted)
        await self._meter.reserve(opening.account, opening.leased, opening.caller, wanted=wanted, ahead=ahead)

    def _beforehand(self, opening: Opening) -> int:
        """How much to set aside ahead: as much as was read already, from one usual amount up to eight of them."""
        if opening.leased.kind == "export":
            # All that it takes is known beforehand.
            return 0
        return min(max(self._ahead, opening.account.drawn), 8 * self._ahead)

    async def _reserve_ahead(self, opening: Opening) -> None:
        """Set more aside while what there is is being read. What is refused here is refused to whoever needs it."""
        try:
            await self._reserve(opening, 1)
        except KeptError:
            # The next read asks for what it needs itself, and is told why it can't have it.
            opening.exhausted = True
        finally:
            opening.ahead = None

    def _hand_over(self, opening: Opening) -> None:
        for tensor, (made, size, reservation) in opening.read.items():
            row = stream_row(
                opening.caller,
                opening.leased,
                made=made,
                outcome=opening.leased.kind,
                other=opening.leased.recipient,
                file=opening.leased.file,
                tensors=tensor,
                bytes=size,
                reservation=reservation,
            )
            self._meter.note(row)
        opening.read.clear()

    def _check_runtime(self, leased: Leased, caller: Caller) -> None:
        """Unmarked plaintext goes only where it is used; anything else is an export, which is marked."""
        if leased.kind == "export" or {leased.runtime, f"{leased.runtime}@{caller.host}"} & self._runtimes:
            return
        raise Denied(
            f"Unmarked weights don't go to {leased.runtime[:80] or 'no runtime'!r} on {caller.host[:80]!r}.",
            code="broker.runtime",
            hint="Use a runtime that kept.toml allows, or export a marked copy: kept weights export",
        )
