"""Requests and what was said of them, as they stand in the store, each checked against what was signed."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.context import Context
from kept.core.statement import Envelope
from kept.errors import Conflict, Denied, KeptError, NotFound, Unverified
from kept.practices.weights.methods import envelope as envelopes
from kept.practices.weights.records.leases import CustodianRow, Lease, Word
from kept.practices.weights.service.leasing import words
from kept.practices.weights.service.leasing.custodians import ROLE
from kept.practices.weights.service.leasing.standing import Standing
from kept.practices.weights.service.tables.leasing import REQUESTS, WORDS

_UNKNOWN = "There is no such lease."


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose signature holds: what was asked for, its state, and the envelope of the file's key."""

    lease: Lease
    signed: Envelope = field(repr=False)
    envelope: envelopes.Envelope = field(repr=False)
    state: str
    salt: bytes = field(repr=False)
    file_salt: bytes = field(repr=False)
    spare: bytes | None = field(repr=False)
    broker: bytes | None
    ended: str
    reason: str

    @property
    def needed(self) -> int:
        """How many custodians it takes."""
        return self.envelope.sharing.threshold


@dataclass(frozen=True, slots=True)
class Said:
    """A custodian's word that counts, with their sealed parts and the broker's key that these are for."""

    holder: str
    member: bytes
    parts: bytes = field(repr=False)
    broker: bytes


class Requests:
    """Reads them; what was changed in the store behind a signature's back is refused."""

    def __init__(self, context: Context, standing: Standing) -> None:
        self._context = context
        self._standing = standing

    def get(self, name: str) -> Request:
        """One request. Raises NotFound, or Unverified where it isn't what its holder signed."""
        with self._context.store.read() as connection:
            row = connection.execute(select(REQUESTS).where(REQUESTS.c.id == name)).one_or_none()
        if row is None:
            raise NotFound(_UNKNOWN, code="lease.none", hint="kept weights leases")
        return self._read(row)

    def all(self) -> tuple[Request, ...]:
        """Every request, the newest first. Raises as `get` does."""
        with self._context.store.read() as connection:
            rows = connection.execute(select(REQUESTS).order_by(REQUESTS.c.asked.desc(), REQUESTS.c.id)).all()
        return tuple(self._read(row) for row in rows)

    def check_requester(self, request: Request) -> None:
        """Raises Denied where the key that signed the request was revoked or replaced since."""
        holder = request.lease.holder
        if not any(key.name == holder for key in self._standing.signatories(request.signed)):
            raise Denied(
                f"The key by which {holder} asked counts no longer.", code="lease.requester", hint="Ask again."
            )

    def words(self, request: Request, custodians: Sequence[CustodianRow]) -> tuple[Word, ...]:
        """Everything that was said of it, and whether it counts."""
        found = []
        for row in self._rows(request):
            why = ""
            try:
                self._check(request, row, custodians)
            except KeptError as error:
                why = error.message
            found.append(Word(row.holder, row.verdict, row.said, counts=not why, why=why))
        return tuple(found)

    def approvals(self, request: Request, custodians: Sequence[CustodianRow]) -> tuple[Said, ...]:
        """The approvals that count now, each by another custodian with another key."""
        found = []
        for row in self._rows(request):
            if row.verdict != "approved":
                continue
            try:
                self._check(request, row, custodians)
            except (Denied, Unverified):
                # It counts no longer, which `words` explains; whether enough are left is for the caller to judge.
                continue
            found.append(Said(row.holder, bytes(row.member), bytes(row.parts), bytes(row.broker)))
        return tuple(found)

    def _rows(self, request: Request) -> Sequence[Row[Any]]:
        query = select(WORDS).where(WORDS.c.request == request.lease.id).order_by(WORDS.c.position)
        with self._context.store.read() as connection:
            return connection.execute(query).all()

    def _check(self, request: Request, row: Row[Any], custodians: Sequence[CustodianRow]) -> None:
        """One word, in four steps.

        1. It is about this request, by this holder, of these parts for this broker, word for word.
        2. Its holder is a custodian now, with the key that it names, and it is not whoever asked.
        3. A key of the holder signed it that counted at its place in the ledger and counts still.
        4. None of the keys that signed the request signed it too.

        Raises Unverified or Denied at the first that fails.
        """
        lease, member = request.lease, bytes(row.member)
        # 1.
        signed, _ = words.read(bytes(row.word), words.APPROVAL)
        expected = words.approval(
            lease,
            verdict=row.verdict,
            member=member,
            broker=bytes(row.broker),
            parts=bytes(row.parts),
            said=row.said,
            by=row.holder,
        )
        if not hmac.compare_digest(signed.payload, expected.to_bytes()):
            raise Unverified("It is another word than was signed.", code="lease.word")
        # 2.
        known = any(
            each.name == row.holder and each.public == member.hex() and each.state == "active" for each in custodians
        )
        if not known:
            raise Denied(f"{row.holder} is no custodian whose key counts.", code="lease.approver")
        if row.holder == lease.holder:
            raise Denied("Whoever asks doesn't approve.", code="lease.own")
        # 3.
        keys = self._standing.require(signed, name=row.holder, role=ROLE, at=row.position)
        # 4.
        if {key.key_id for key in keys} & {signature.key_id for signature in request.signed.signatures}:
            raise Denied("Whoever asks doesn't approve, under no other name either.", code="lease.own")

    def _read(self, row: Row[Any]) -> Request:
        signed, lease = words.read_request(bytes(row.word))
        same = (lease.id, lease.digest, lease.file, lease.holder, lease.asked, lease.until, lease.break_glass)
        kept = (row.id, bytes(row.digest).hex(), row.file, row.requester, row.asked, row.until, row.break_glass)
        envelope = envelopes.parse(bytes(row.envelope))
        if same != kept or envelope.file_id != lease.file:
            raise Unverified(
                f"The request {row.id} is not what its holder signed.",
                code="lease.changed",
                hint="It was changed in the store: ask again, and find out by whom.",
            )
        if not any(key.name == lease.holder for key in self._standing.known(signed)):
            raise Unverified(f"No key of {lease.holder} signed the request {row.id}.", code="lease.requester")
        spare, broker = (None if value is None else bytes(value) for value in (row.spare, row.broker))
        return Request(
            lease,
            signed,
            envelope,
            row.state,
            bytes(row.salt),
            bytes(row.file_salt),
            spare,
            broker,
            row.ended,
            row.reason,
        )


def move(connection: Connection, name: str, *, before: Sequence[str], state: str, **also: str) -> None:
    """Note that a request is in another state now. Raises Conflict where it was in none of those before."""
    change = REQUESTS.update().where(REQUESTS.c.id == name, REQUESTS.c.state.in_(before)).values(state=state, **also)
    if connection.execute(change).rowcount != 1:
        raise Conflict(f"{name} changed meanwhile.", code="lease.state", hint=f"kept weights show {name}")
