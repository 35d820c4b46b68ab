"""What the broker asks: whether a lease is in force, and the file key that it releases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kept.core.context import Context
from kept.core.keys.wiping import wipe
from kept.errors import Denied, Unverified
from kept.practices.weights.methods import envelope as envelopes
from kept.practices.weights.methods.envelope import Envelope, Parts
from kept.practices.weights.records import Settings
from kept.practices.weights.records.leases import Lease
from kept.practices.weights.service.leasing.attesting import Attesting
from kept.practices.weights.service.leasing.lending import Lending, parts_info
from kept.practices.weights.service.leasing.recording import salted
from kept.practices.weights.service.leasing.requests import Request, Said

_HINT = "Ask for another: kept weights request"


class Keyholder:
    """Leases as they stand in the store at this moment: nothing is remembered that a revocation could miss."""

    def __init__(self, context: Context, settings: Settings | None = None) -> None:
        self._context = context
        self._settings: Settings = settings or context.settings or Settings()
        self._lending = Lending(context, self._settings)
        self._attesting = Attesting(context, self._settings)

    def lease(self, lease: str, now: datetime) -> Lease:
        """A lease in force.

        Raises NotFound, Denied (not approved, denied, revoked, past its time, an approver whose key counts no longer),
        Unverified where it was changed in the store, and Unavailable where the clock was set back.
        """
        return self._in_force(lease, now)[0].lease

    def file_key(self, lease: str, now: datetime, *, envelope: bytes | None = None) -> bytearray:
        """The file key that a lease releases, for the caller to wipe.

        1. The lease is in force, by as many approvals as it takes, and its runtime has shown what it is where it must.
        2. The custodians' parts, sealed to the broker for this lease, make the second half.
        3. The key-encryption key unwraps the first. `envelope` is the one in the file now; without it, that of the
           request, which was wrapped by the key-encryption key of then.

        Raises as `lease` does, and whatever the key-encryption key raises.
        """
        request, parts = self._released(lease, now, envelope)
        try:
            return parts.file_key(request.file_salt)
        finally:
            parts.wipe()

    def parts(self, lease: str, now: datetime, *, envelope: bytes) -> Parts:
        """Both halves of the file key, for the caller to wipe: what it takes to share it anew. Raises as `file_key`."""
        return self._released(lease, now, envelope)[1]

    def challenge(self, lease: str, now: datetime) -> bytes:
        """A nonce that a lease's runtime answers with evidence, within a minute. Raises as `lease` does."""
        self._in_force(lease, now)
        return self._attesting.challenge(lease, now=self._lending.moments.now(now))

    def attest(self, lease: str, evidence: bytes, nonce: bytes, now: datetime) -> None:
        """Take a runtime's evidence for a nonce; `file_key` counts it for a minute.

        Raises as `lease` does, and Denied, Invalid or Unverified for evidence that isn't good.
        """
        request, _ = self._in_force(lease, now)
        moment = self._lending.moments.now(now)
        self._attesting.attest(lease, request.lease.runtime, evidence, nonce, now=moment)

    def _released(self, lease: str, now: datetime, envelope: bytes | None) -> tuple[Request, Parts]:
        # 1.
        request, approvals = self._in_force(lease, now)
        self._attesting.check(lease, request.lease.runtime, now=self._lending.moments.now(now))
        # 2.
        second = self._second(request, approvals)
        # 3.
        try:
            return request, Parts(self._first(request, envelope), second)
        except BaseException:
            wipe(second)
            raise

    def _in_force(self, name: str, shown: datetime) -> tuple[Request, Sequence[Said]]:
        with self._lending.standing.still():
            found = self._judged(name, shown)
        # What it settled is in the ledger by now, so that is looked at anew.
        self._check_told(found[0])
        return found

    def _judged(self, name: str, shown: datetime) -> tuple[Request, Sequence[Said]]:
        now = self._lending.moments.now(shown)
        request = self._lending.requests.get(name)
        if request.state in ("denied", "revoked"):
            raise Denied(f"The lease {name} was {request.state}.", code=f"lease.{request.state}", hint=_HINT)
        if now >= request.lease.until:
            raise Denied(f"The lease {name} is past its time.", code="lease.ended", hint=_HINT)
        self._lending.requests.check_requester(request)
        if request.lease.break_glass:
            return request, ()
        approvals = self._lending.requests.approvals(request, self._lending.custodians.rows())
        if len(approvals) < request.needed:
            granted = request.state == "granted"
            raise Denied(
                f"{len(approvals)} of {request.needed} approvals of {name} count"
                + (": a custodian left, or a key was revoked since." if granted else "."),
                code="lease.approver" if granted else "lease.not-approved",
                hint=f"kept weights show {name}",
            )
        if request.state == "requested":
            # Enough approved, and whoever was last was cut off before it was recorded.
            request = self._lending.settle(name, by=None)
        if request.state != "granted":
            raise Denied(f"The lease {name} was {request.state}.", code=f"lease.{request.state}", hint=_HINT)
        return request, approvals

    def _check_told(self, request: Request) -> None:
        """The ledger too says that it was granted, and nothing of its end: rows of the store are soon changed."""
        states = self._lending.told.states(salted(request.lease.digest, request.salt))
        for ended in ("denied", "revoked"):
            if ended in states:
                raise Denied(f"The ledger says that {request.lease.id} was {ended}.", code=f"lease.{ended}", hint=_HINT)
        if "granted" not in states:
            raise Unverified(
                f"The ledger doesn't say that {request.lease.id} was granted.",
                code="lease.untold",
                hint="The store was changed: ask again, and find out by whom.",
            )

    def _second(self, request: Request, approvals: Sequence[Said]) -> bytearray:
        lease = request.lease
        if lease.break_glass:
            if request.spare is None or request.broker is None:
                raise Denied("The broken glass released nothing.", code="lease.not-approved", hint=_HINT)
            broker = self._lending.brokers.private(request.broker)
            return bytearray(envelopes.unseal(request.spare, broker.private, parts_info(lease, request.broker)))
        released = {}
        for said in approvals[: request.needed]:
            broker = self._lending.brokers.private(said.broker)
            pads = envelopes.unseal(said.parts, broker.private, parts_info(lease, said.member))
            released[request.envelope.position(said.member)] = pads
        return envelopes.assemble(request.envelope, released)

    def _first(self, request: Request, envelope: bytes | None) -> bytearray:
        found: Envelope = request.envelope
        if envelope is not None:
            found = envelopes.parse(envelope)
            if found.file_id != request.lease.file:
                raise Denied("The lease is of another file.", code="lease.file", hint=_HINT)
        opener = self._lending.keks.opener(found.kek)
        return opener.unwrap(found.wrapped, envelopes.context(found.file_id))
