"""Glass that one person may break: weights without the custodians, by a safe's key; two others review it afterwards."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.keys import Keyhole
from kept.core.keys.exchange import create_exchange, open_exchange
from kept.core.keys.secret import choose_passphrase
from kept.core.keys.wiping import wipe
from kept.core.ledger import tree
from kept.errors import Conflict, Denied, Invalid, KeptError
from kept.practices.weights.methods import envelope as envelopes
from kept.practices.weights.records import Settings
from kept.practices.weights.records.leases import Lease, Review, Safe, Terms
from kept.practices.weights.records.sealed import Description
from kept.practices.weights.service.leasing import words
from kept.practices.weights.service.leasing.custodians import ROLE
from kept.practices.weights.service.leasing.lending import Lending, parts_info
from kept.practices.weights.service.leasing.requests import Request
from kept.practices.weights.service.tables.leasing import REVIEWS

PASSPHRASE = "KEPT_SAFE_PASSPHRASE"  # noqa: S105 the name of a variable
REVIEWERS = 2
_DAY = 86_400


class Glass:
    """Breaks it, and has that reviewed."""

    def __init__(self, context: Context, settings: Settings, lending: Lending) -> None:
        self._context = context
        self._settings = settings
        self._lending = lending

    def new_safe(self, address: str) -> Safe:
        """Make the key of a safe. Raises Conflict where there is one, or Invalid for the address."""
        made = create_exchange(address, self._keyhole(), self._context.entropy)
        return Safe(address, made.public.hex())

    def smash(self, about: Description, terms: Terms, *, key: str, by: Actor) -> Lease:
        """Lend weights to `by` alone, with the key of the safe, for as long as the settings allow.

        1. No broken glass waits for a review that is overdue.
        2. The lease is no longer than the settings say, and its purpose is the reason.
        3. The safe's key opens the custodians' half, which is sealed to the broker for this lease.
        4. The lease is granted and recorded as what it is, and those who watch are told.

        Raises Denied, Invalid, NotFound or Unverified at the first that fails.
        """
        # 1.
        now = self._lending.moments.now()
        overdue = [each.lease.id for each in self._broken() if self.state(each, now=now)[0] == "overdue"]
        if overdue:
            raise Denied(
                f"The broken glass {overdue[0]} waits for its review, which is overdue.",
                code="glass.overdue",
                hint=f"Two others review it first: kept weights review {overdue[0]}",
            )
        # 2.
        if terms.seconds > self._settings.break_glass_minutes * 60:
            raise Invalid(
                f"Glass is broken for {self._settings.break_glass_minutes} minutes at most.",
                code="glass.too-long",
                hint="--for 30m",
            )
        # 3.
        envelope = envelopes.parse(about.envelope)
        part = envelopes.open_spare(envelope, open_exchange(key, self._keyhole()).private)
        broker = self._lending.brokers.public()

        def sealed(lease: Lease) -> Mapping[str, Any]:
            return {"spare": envelopes.seal(part, broker, parts_info(lease, broker)), "broker": broker}

        # 4.
        try:
            return self._lending.enter(about, terms, by=by, state="granted", also=sealed, code="lease.break-glass")
        finally:
            wipe(part)

    def review(self, name: str, *, note: str, by: Actor) -> Request:
        """Say, as a custodian who didn't do it, what one found about a broken glass; two such words are its review.

        Raises Denied to whoever broke it and to who is no custodian, Conflict for what is no broken glass or was
        reviewed by them, and Invalid for an empty note.
        """
        request, now = self._lending.requests.get(name), self._lending.moments.now()
        if not request.lease.break_glass:
            raise Conflict(f"{name} is a lease that custodians approved.", code="glass.none")
        if not 1 <= len(note.strip()) <= 500 or not note.isprintable():
            raise Invalid(
                "A review says what was found, in 1 to 500 characters.", code="glass.note", hint="--note TEXT"
            )
        if by.id == request.lease.holder:
            raise Denied("Whoever broke the glass doesn't review it.", code="glass.own")
        self._lending.custodians.active(by.id)
        said = words.review(request.lease, note=note.strip(), said=now, by=by.id)
        signed = self._context.ledger.sign(said, by=by)
        keys = self._lending.standing.require(signed, name=by.id, role=ROLE)
        row = {"request": name, "holder": by.id, "key_id": keys[0].key_id, "word": signed.to_bytes(), "said": now}
        before = self.state(request, now=now)[1]
        if by.id in before:
            raise Conflict(f"{by.id} has reviewed {name} already.", code="glass.reviewed")

        def work(connection: Connection) -> None:
            connection.execute(REVIEWS.insert().values(position=tree.size_of(connection), **row))

        if len(before) + 1 < REVIEWERS:
            self._context.store.write(work)
        else:
            draft, recorder = self._lending.draft(request, "reviewed", by=by)
            self._context.ledger.record(draft, by=recorder, rows=work)
        return request

    def state(self, request: Request, *, now: int) -> tuple[Review, tuple[str, ...]]:
        """Whether a broken glass was reviewed, and by whom; "" for any other lease."""
        if not request.lease.break_glass:
            return "", ()
        with self._context.store.read() as connection:
            query = select(REVIEWS).where(REVIEWS.c.request == request.lease.id).order_by(REVIEWS.c.holder)
            rows = connection.execute(query).all()
        # By key, so that one who has two names is one person.
        people = {row.key_id: row.holder for row in rows if self._counts(request, row)}
        found = tuple(people.values())
        if len(found) >= REVIEWERS:
            return "done", found
        overdue = now >= request.lease.asked + self._settings.review_days * _DAY
        return "overdue" if overdue else "due", found

    def _counts(self, request: Request, row: Row[Any]) -> bool:
        """Whether a review is the word of another person, whose key counted at that place in the ledger."""
        try:
            signed, word = words.read(bytes(row.word), words.REVIEW)
            said = words.review(request.lease, note=str(word.get("note")), said=row.said, by=row.holder)
            keys = self._lending.standing.counted(signed, at=row.position)
        except KeptError:
            # A word that was changed in the store counts as none.
            return False
        own = {signature.key_id for signature in request.signed.signatures}
        signers = {key.key_id for key in keys if key.name == row.holder and ROLE in key.roles}
        return signed.payload == said.to_bytes() and row.key_id in signers and not signers & own

    def _broken(self) -> Sequence[Request]:
        return [each for each in self._lending.requests.all() if each.lease.break_glass]

    def _keyhole(self) -> Keyhole:
        workspace, own = self._context.workspace, os.environ.get(PASSPHRASE, "")
        return Keyhole(
            workspace.folder,
            (lambda: own.encode()) if own else (lambda: choose_passphrase(os.environ, workspace.secret)),
            os.environ,
        )
