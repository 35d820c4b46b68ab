"""How a lease comes about and ends: asked for by one, approved by several others, denied or revoked by any of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.keys.wiping import wipe
from kept.core.ledger import Draft, tree
from kept.core.statement import Envelope
from kept.core.trust import ROOT
from kept.errors import Conflict, Denied, Invalid
from kept.practices.weights.methods import envelope as envelopes
from kept.practices.weights.records import Settings
from kept.practices.weights.records.leases import Lease, Terms
from kept.practices.weights.records.sealed import Description
from kept.practices.weights.service.leasing import words
from kept.practices.weights.service.leasing.brokers import Brokers
from kept.practices.weights.service.leasing.custodians import ROLE, Custodians
from kept.practices.weights.service.leasing.keks import Keks
from kept.practices.weights.service.leasing.moments import Moments
from kept.practices.weights.service.leasing.recording import Recording
from kept.practices.weights.service.leasing.requests import Request, Requests, Said, move
from kept.practices.weights.service.leasing.standing import Standing
from kept.practices.weights.service.leasing.told import Told
from kept.practices.weights.service.tables.access import DECOYS, READS
from kept.practices.weights.service.tables.leasing import REQUESTS, WORDS

_NO_BROKER = bytes(32)


class Lending:
    """Decides about requests; each decision and its statement commit together."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self._settings = settings
        self.standing = Standing(context)
        self.keks = Keks(context, settings)
        self.custodians = Custodians(context, settings, self.standing)
        self.brokers = Brokers(context, self.keks, self.standing)
        self.requests = Requests(context, self.standing)
        self.recording = Recording(context)
        self.moments = Moments(context)
        self.told = Told(context, self.standing)

    def ask(self, about: Description, terms: Terms, *, by: Actor) -> Lease:
        """Ask for a lease. Raises Invalid for terms beyond what is lent, and Denied to a holder of an unknown key."""
        if terms.seconds > self._settings.longest_lease_hours * 3600:
            raise Invalid(
                f"Weights are lent for {self._settings.longest_lease_hours} hours at most.",
                code="request.too-long",
                hint="--for 4h; longest_lease_hours in [practices.weights] says how long.",
            )
        return self.enter(about, terms, by=by)

    def enter(
        self,
        about: Description,
        terms: Terms,
        *,
        by: Actor,
        state: str = "requested",
        code: str = "",
        also: Callable[[Lease], Mapping[str, Any]] = lambda lease: {},
    ) -> Lease:
        """Sign, keep and record a request, in the state that it begins in; `also` fills more columns of its row.

        `code` says to those who watch what is out of the ordinary. Raises Denied to a holder of an unknown key.
        """
        if envelopes.parse(about.envelope).file_id != about.file:
            raise Invalid("The key envelope is another file's.", code="request.envelope")
        now, salt = self.moments.now(), self._context.entropy(32)
        glass = state == "granted"
        name = f"ls-{self._context.entropy(8).hex()}"
        asked = words.request(name, about, terms, asked=now, by=by.id, break_glass=glass)
        signed = self._context.ledger.sign(asked, by=by)
        if not any(key.name == by.id for key in self.standing.signatories(signed)):
            raise Denied(
                f"Nobody knows {by.id} by this key.",
                code="lease.requester",
                hint="Have it introduced: kept --as root ledger key introduce NAME FILE --role ROLE",
            )
        lease = words.read_request(signed.to_bytes())[1]
        row = _row(about, lease, signed, salt, state) | dict(also(lease))
        event = _event(lease, "request", by, now=now) | {"code": code}

        def work(connection: Connection) -> None:
            connection.execute(REQUESTS.insert().values(**row))
            # Whoever asks for a decoy is told nothing, and is seen by those who watch.
            decoy = connection.execute(select(DECOYS.c.file).where(DECOYS.c.file == lease.file)).first()
            connection.execute(READS.insert().values(**event | {"decoy": decoy is not None}))

        recorder = self.recording.recorder(by)
        needed = envelopes.parse(about.envelope).sharing.threshold
        draft = self.recording.lease(lease, state, salt=salt, needed=needed, approvals=0, now=now, by=recorder)
        self._context.ledger.record(draft, by=recorder, rows=work)
        return lease

    def approve(self, name: str, *, by: Actor) -> Request:
        """Approve, as a custodian: open one's parts of the file's key, and seal them to the broker for this lease.

        Raises Denied to whoever asked (under whatever name), to who is no custodian, who has spoken before or whose
        part it isn't, and for what was denied, revoked, granted or is past its time.
        """
        request, now = self._open(name, by)
        exchange = self.custodians.exchange(by.id)
        broker = self.brokers.public()
        pads = envelopes.open_pads(request.envelope, exchange.private)
        parts = envelopes.seal(pads, broker, parts_info(request.lease, exchange.public))
        wipe(pads)
        self._say(request, "approved", member=exchange.public, broker=broker, parts=parts, now=now, by=by)
        self.settle(name, by=by)
        return self.requests.get(name)

    def deny(self, name: str, *, reason: str, by: Actor) -> Request:
        """Refuse, as a custodian: one refusal ends a request. Raises as `approve` does."""
        request, now = self._open(name, by)
        member = bytes.fromhex(self.custodians.active(by.id).public)
        ending = {"ended": by.id, "reason": _reason(reason)}
        self._say(request, "refused", member=member, broker=_NO_BROKER, parts=b"", now=now, by=by, **ending)
        return self.requests.get(name)

    def revoke(self, name: str, *, reason: str, by: Actor) -> Request:
        """End a lease, or a request, at once. Raises Denied to who is no custodian, provider, root or its holder."""
        request, reason = self.requests.get(name), _reason(reason)
        if not by.roles & {ROLE, ROOT, "provider"} and by.id != request.lease.holder:
            raise Denied(f"{by.id} can't revoke this.", code="lease.revoke", hint="Its holder or a custodian can.")
        if request.state not in ("requested", "granted"):
            raise Conflict(f"{name} is {request.state}.", code="lease.state")
        draft, recorder = self.draft(request, "revoked", by=by)
        values = {"ended": by.id, "reason": reason}
        before = ("requested", "granted")
        self._context.ledger.record(
            draft,
            by=recorder,
            rows=lambda connection: move(connection, name, before=before, state="revoked", **values),
        )
        return self.requests.get(name)

    def settle(self, name: str, *, by: Actor | None) -> Request:
        """Grant a request that enough custodians have approved; whatever stopped this before, it is done now."""
        request = self.requests.get(name)
        if request.state != "requested" or len(self._counting(request)) < request.needed:
            return request
        draft, recorder = self.draft(request, "granted", by=by)

        def work(connection: Connection) -> None:
            move(connection, name, before=("requested",), state="granted")

        try:
            self._context.ledger.record(draft, by=recorder, rows=work)
        except Conflict:
            # Another process granted or ended it in the meantime: what stands there now counts.
            return self.requests.get(name)
        return self.requests.get(name)

    def _open(self, name: str, by: Actor) -> tuple[Request, int]:
        """A request that this custodian may still speak about, and the time."""
        request, now = self.requests.get(name), self.moments.now()
        if by.id == request.lease.holder:
            raise Denied("Whoever asks doesn't approve.", code="lease.own", hint="Let a custodian do it: --as NAME")
        self.custodians.active(by.id)
        self.requests.check_requester(request)
        if request.state != "requested":
            raise Denied(f"{name} is {request.state} already.", code="lease.state", hint=f"kept weights show {name}")
        if now >= request.lease.until:
            raise Denied(f"The time that {name} asked for is over.", code="lease.ended", hint="Ask again.")
        return request, now

    def _say(
        self,
        request: Request,
        verdict: str,
        *,
        member: bytes,
        broker: bytes,
        parts: bytes,
        now: int,
        by: Actor,
        **ending: str,
    ) -> None:
        lease = request.lease
        said = words.approval(lease, verdict=verdict, member=member, broker=broker, parts=parts, said=now, by=by.id)
        signed = self._context.ledger.sign(said, by=by)
        keys = self.standing.require(signed, name=by.id, role=ROLE)
        if {key.key_id for key in keys} & {signature.key_id for signature in request.signed.signatures}:
            raise Denied("Whoever asks doesn't approve, under no other name either.", code="lease.own")
        row = {
            "request": lease.id,
            "member": member,
            "holder": by.id,
            "key_id": min(key.key_id for key in keys),
            "verdict": verdict,
            "word": signed.to_bytes(),
            "parts": parts,
            "broker": broker,
            "said": now,
        }
        event = _event(lease, "approval", by, now=now, other=lease.holder)

        def work(connection: Connection) -> None:
            _check_first(connection, row)
            state = "denied" if verdict == "refused" else "requested"
            move(connection, lease.id, before=("requested",), state=state, **ending)
            connection.execute(WORDS.insert().values(position=tree.size_of(connection), **row))
            if verdict == "approved":
                connection.execute(READS.insert().values(**event))

        recorder = self.recording.recorder(by)
        drafts = [self.recording.word(lease, verdict, signed, salt=request.salt, custodian=by.id, now=now, by=recorder)]
        if verdict == "refused":
            drafts.append(self.draft(request, "denied", by=by)[0])
        self._context.ledger.record(drafts, by=recorder, rows=work)

    def draft(self, request: Request, state: str, *, by: Actor | None) -> tuple[Draft, Actor]:
        """The statement that a lease is in another state, and who signs it."""
        recorder = self.recording.recorder(by)
        draft = self.recording.lease(
            request.lease,
            state,
            salt=request.salt,
            needed=request.needed,
            approvals=len(self._counting(request)),
            now=self.moments.now(),
            by=recorder,
        )
        return draft, recorder

    def _counting(self, request: Request) -> Sequence[Said]:
        return self.requests.approvals(request, self.custodians.rows())


def parts_info(lease: Lease, member: bytes) -> bytes:
    """What a custodian's parts are sealed for: this lease, as it was signed, and nobody else's parts."""
    return b"kept/lease parts/v1\x00" + f"{lease.id} {lease.digest} {member.hex()}".encode()


def _check_first(connection: Connection, row: dict[str, Any]) -> None:
    """Nobody speaks twice about one request, neither under two names nor with one key."""
    query = select(WORDS).where(WORDS.c.request == row["request"])
    for each in connection.execute(query):
        if (
            any(each._mapping[name] == row[name] for name in ("holder", "key_id"))
            or bytes(each.member) == row["member"]
        ):
            raise Denied(
                f"{row['holder']} has said something about it already.",
                code="lease.said",
                hint="Each custodian speaks once.",
            )


def _reason(text: str) -> str:
    if not 1 <= len(text.strip()) <= 500 or not text.isprintable():
        raise Invalid("A reason is one line of up to 500 characters.", code="lease.reason", hint="--reason TEXT")
    return text.strip()


def _row(about: Description, lease: Lease, signed: Envelope, salt: bytes, state: str) -> dict[str, Any]:
    return {
        "id": lease.id,
        "digest": hashlib.sha256(signed.payload).digest(),
        "word": signed.to_bytes(),
        "envelope": about.envelope,
        "salt": salt,
        "file": lease.file,
        "file_salt": about.salt,
        "requester": lease.holder,
        "break_glass": lease.break_glass,
        "asked": lease.asked,
        "until": lease.until,
        "state": state,
        "ended": "",
        "reason": "",
    }


def _event(lease: Lease, outcome: str, by: Actor, *, now: int, other: str = "") -> dict[str, Any]:
    """A row of the access stream, for those who watch it."""
    return {
        "made": now * 1000,
        "person": by.id,
        "outcome": outcome,
        "file": lease.file,
        "tensors": "" if lease.tensors == "*" else lease.tensors,
        "bytes": 0,
        "team": "",
        "role": " ".join(sorted(by.roles)),
        "host": "",
        "purpose": lease.purpose,
        "lease": lease.id,
        "other": other,
        "code": "",
        "decoy": False,
        "reservation": 0,
    }
