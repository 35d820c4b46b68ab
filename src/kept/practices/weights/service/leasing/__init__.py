"""The verbs about custodians and leases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.reference import load
from kept.errors import Denied, Unverified
from kept.practices.weights.records import Settings
from kept.practices.weights.records.leases import (
    RESHARING,
    CustodianRow,
    Destruction,
    KekRow,
    LeaseKind,
    LeaseRow,
    Reshared,
    Rotated,
    Safe,
    Terms,
)
from kept.practices.weights.records.sealed import Description
from kept.practices.weights.service.leasing import showing
from kept.practices.weights.service.leasing.destroying import Destroying
from kept.practices.weights.service.leasing.glass import Glass
from kept.practices.weights.service.leasing.keks import Keks
from kept.practices.weights.service.leasing.lending import Lending
from kept.practices.weights.service.leasing.replacing import Replacing
from kept.practices.weights.service.leasing.resharing import Resharing
from kept.practices.weights.service.tables.sealing import FILES


class Leasing:
    """Lends sealed weights, and chooses who must agree."""

    _context: Context
    _settings: Settings

    def custodians_card(self, name: str) -> bytes:
        """Make a custodian's keys on this machine, once, and the card by which root makes them one. Raises Invalid."""
        return self._lending.custodians.card(name)

    def custodians_add(self, name: str, *, card: bytes = b"", by: Actor) -> CustodianRow:
        """Make a custodian with keys of their own: new ones, or those of a card from elsewhere.

        Raises Denied unless `by` has the role root, Invalid or Conflict.
        """
        return self._lending.custodians.add(name, card=card, by=by)

    def custodians_list(self) -> tuple[CustodianRow, ...]:
        """Everybody who is or was a custodian."""
        return self._lending.custodians.rows()

    def custodians_remove(self, name: str, *, by: Actor) -> CustodianRow:
        """Seal nothing more to a custodian, whose approvals count no longer. Raises Denied or NotFound."""
        return self._lending.custodians.remove(name, by=by)

    def request(
        self,
        place: str,
        *,
        purpose: str,
        bytes: int,
        seconds: int,
        tensors: str = "*",
        kind: LeaseKind = "read",
        runtime: str = "",
        to: str = "",
        by: Actor,
    ) -> LeaseRow:
        """Ask for a lease of a sealed file, for so many seconds from now and so many bytes.

        Without a runtime, plaintext that isn't marked goes to the first of those that kept.toml allows.
        Raises NotFound or Invalid for the file, Invalid for the terms, and Denied to a holder of an unknown key or for
        a runtime that is not allowed anywhere.
        """
        lending, about = self._lending, self._described(place)
        terms = Terms(purpose.strip(), bytes, seconds, tensors, kind, self._runtime(kind, runtime), to)
        return self.show(lending.ask(about, terms, by=by).id)

    def _runtime(self, kind: LeaseKind, wanted: str) -> str:
        """What unmarked plaintext goes into; an export is marked, and may go anywhere."""
        allowed = [each.partition("@")[0] for each in self._settings.runtimes]
        if kind == "export" or wanted in (*allowed, RESHARING):
            return wanted
        if wanted or not allowed:
            raise Denied(
                f"Unmarked weights don't go to {wanted[:80]!r}.",
                code="request.runtime",
                hint=f"kept.toml allows {', '.join(allowed) or 'none'}; or ask for a marked copy: --kind export",
            )
        return allowed[0]

    def approve(self, lease: str, *, by: Actor) -> LeaseRow:
        """Approve a request as a custodian, and release one's part of the file's key for it.

        Raises Denied to whoever asked, to who is no custodian or has spoken before, and for what is past or over.
        """
        self._lending.approve(lease, by=by)
        return self.show(lease)

    def deny(self, lease: str, *, reason: str, by: Actor) -> LeaseRow:
        """Refuse a request as a custodian, which ends it. Raises as `approve` does."""
        self._lending.deny(lease, reason=reason, by=by)
        return self.show(lease)

    def revoke(self, lease: str, *, reason: str, by: Actor) -> LeaseRow:
        """End a lease, or a request, at once. Raises Denied to who has no say in it, and Conflict where it is over."""
        self._lending.revoke(lease, reason=reason, by=by)
        return self.show(lease)

    def leases(self) -> tuple[LeaseRow, ...]:
        """Every lease and every request, the newest first."""
        lending, glass = self._lending, self._glass
        now = lending.moments.now()
        return tuple(showing.row(lending, glass, request, now=now) for request in lending.requests.all())

    def show(self, lease: str) -> LeaseRow:
        """One lease, with what was said of it and whether that counts. Raises NotFound or Unverified."""
        lending = self._lending
        return showing.row(lending, self._glass, lending.requests.get(lease), now=lending.moments.now())

    def safe_new(self, address: str) -> Safe:
        """Make the key of a safe, `file:PATH`, under KEPT_SAFE_PASSPHRASE where that is set. Raises Conflict."""
        return self._glass.new_safe(address)

    def break_glass(
        self,
        place: str,
        *,
        reason: str,
        bytes: int,
        seconds: int,
        key: str,
        kind: LeaseKind = "read",
        runtime: str = "",
        to: str = "",
        by: Actor,
    ) -> LeaseRow:
        """Take a lease without the custodians, by the key of the safe that the file was sealed for too.

        Raises Denied where there is no such safe, or while an earlier review is overdue, and Invalid for terms beyond
        what the settings allow.
        """
        about = self._described(place)
        terms = Terms(reason.strip(), bytes, seconds, kind=kind, runtime=self._runtime(kind, runtime), recipient=to)
        return self.show(self._glass.smash(about, terms, key=key, by=by).id)

    def review(self, lease: str, *, note: str, by: Actor) -> LeaseRow:
        """Say, as a custodian, what one found about a broken glass; two words are its review. Raises Denied."""
        self._glass.review(lease, note=note, by=by)
        return self.show(lease)

    def keys_list(self) -> tuple[KekRow, ...]:
        """Every key-encryption key, the newest first; never a key."""
        return Keks(self._context, self._settings).rows()

    def keys_rotate(self, *, to: str = "", finish: bool = False, by: Actor) -> Rotated:
        """Wrap everything under a new key-encryption key, at `to` or beside the one before; no body is touched.

        With `finish`, end a rotation that was cut off. Raises Conflict for a key that was in use, and what making or
        opening it raises.
        """
        return Replacing(self._context, self._settings).rotate(to=to, finish=finish, by=by)

    def keys_destroy(self, key: str, *, confirm: str, reason: str, by: Actor) -> Destruction:
        """Say that a key-encryption key be destroyed; once two people have said so it is, with all that it wraps.

        It can't be undone. Raises NotFound, Invalid unless `confirm` is its name, Denied, or Conflict.
        """
        return Destroying(self._context, self._settings).destroy(key, confirm=confirm, reason=reason, by=by)

    def reshare(self, place: str, *, lease: str, by: Actor) -> Reshared:
        """Share a sealed file's key among the custodians of now, by a lease that those of before approved.

        The lease is one of the runtime "resharing", asked for by `by`, and ends with this; no body is touched, and
        whoever calls it again ends what was cut off. Raises Denied to who is no provider, for another lease, or for
        too few approvals; Invalid while there are too few custodians; NotFound; Unverified.
        """
        return Resharing(self._context, self._settings).reshare(place, lease=lease, by=by)

    def _described(self, place: str) -> Description:
        """What a sealed file says of itself; of one that was sealed here, only what was recorded then."""
        found: Description = load(self._context.backends["container"]["describe"])(Path(place))
        with self._context.store.read() as connection:
            known = connection.execute(select(FILES.c.weights).where(FILES.c.file == found.file)).scalar()
        if known is not None and known != found.weights:
            raise Unverified(
                f"{place} says that it holds other weights than were sealed.",
                code="request.weights",
                hint="kept weights verify tells what was changed.",
            )
        return replace(found, place=place)

    @property
    def _glass(self) -> Glass:
        return Glass(self._context, self._settings, self._lending)

    @property
    def _lending(self) -> Lending:
        return Lending(self._context, self._settings)
