"""The verbs of coordination: vendors are invited to a case, told what is shared with them, and answer for themselves.

A vendor comes in with a token that is for one case and one vendor. While an embargo holds they see nothing of the case
until they have agreed to keep it. What was told to whom stands in the case's chain of events.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context, format_time
from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.disclosure.methods.triage.embargo import Embargo, embargo
from kept.practices.disclosure.records.triage import Event
from kept.practices.disclosure.records.vendors import SIDES, STATUSES, Invited, Shared, Vendor, VendorView
from kept.practices.disclosure.service.moments import milliseconds, told
from kept.practices.disclosure.service.tables.vendors import VENDORS
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.practices.disclosure.service.triage.reading import embargo_changes

PREFIX = "kv-"
_TOKEN_BYTES = 32
_NAME, _STATEMENT = 128, 4096
LONGEST_DAYS = 365
VENDORS_PER_CASE = 200


class Vendors:
    """Brings vendors into cases."""

    _context: Context

    def vendors_invite(self, case: str, name: str, *, side: str, days: int = 120, by: Actor) -> Invited:
        """Invite a vendor to a case, for some days; the token is told once, for the inviter to hand over.

        Raises Denied without the role, NotFound, Invalid for a name, a side or days that are none, and Conflict where
        the case has this vendor already, or 200 of them.
        """
        check_role(by, "triage", to="invite vendors")
        called = " ".join(name.split())
        if not 1 <= len(called) <= _NAME or side not in SIDES or not 1 <= days <= LONGEST_DAYS:
            raise Invalid(
                f"A vendor has a name of at most {_NAME} characters and a side, for 1 to {LONGEST_DAYS} days.",
                code="vendors.invitation",
                hint=f"Sides: {', '.join(SIDES)}.",
            )
        vendor, token = f"v-{self._context.entropy(8).hex()}", self._new_token()

        def work(connection: Connection) -> Vendor:
            book = Casebook(self._context)
            book.row(connection, case)
            held = self._vendor_rows(connection, case)
            if len(held) >= VENDORS_PER_CASE or any(row.name == called and not row.revoked for row in held):
                raise Conflict(f"{called} takes part already, or too many do.", code="vendors.known")
            now = self._context.clock()
            row = {
                "id": vendor, "case": case, "name": called, "side": side, "token": _digest(token),
                "invited": milliseconds(now), "until": milliseconds(now + timedelta(days=days)), "accepted": 0,
                "revoked": 0, "status": "unknown", "statement": "",
            }  # fmt: skip
            connection.execute(VENDORS.insert().values(**row))
            details = {"vendor": vendor, "side": side}
            book.append(connection, case, "vendor invited", by=by.id, details=details, text=called)
            return _vendor(self._vendor_row(connection, vendor))

        return Invited(self._context.store.write(work), token)

    def vendors_list(self, case: str, *, by: Actor) -> tuple[Vendor, ...]:
        """The vendors of a case. Raises Denied without the role, or NotFound."""
        check_role(by, "triage", to="see vendors")
        with self._context.store.read() as connection:
            Casebook(self._context).row(connection, case)
            return tuple(_vendor(row) for row in self._vendor_rows(connection, case))

    def vendors_share(self, case: str, text: str, *, vendors: Sequence[str] = (), by: Actor) -> tuple[str, ...]:
        """Tell vendors of a case something, all or those named by id; returns whom. It can't be taken back.

        Raises Denied without the role, NotFound for a case or a vendor there isn't, Invalid for an empty text.
        """
        check_role(by, "triage", to="share cases with vendors")
        if not text.strip():
            raise Invalid("There is nothing to tell.", code="vendors.text")

        def work(connection: Connection) -> tuple[str, ...]:
            book = Casebook(self._context)
            book.row(connection, case)
            there = [row.id for row in self._vendor_rows(connection, case) if not row.revoked]
            if unknown := [each for each in vendors if each not in there]:
                raise NotFound(f"{unknown[0][:40]} takes no part in {case}.", code="vendors.missing")
            told = tuple(each for each in there if not vendors or each in vendors)
            if not told:
                raise NotFound(f"No vendor takes part in {case}.", code="vendors.missing", hint="Invite one first.")
            details = {"vendors": list(told)}
            book.append(connection, case, "shared", by=by.id, audience="vendors", details=details, text=text.strip())
            return told

        return self._context.store.write(work)

    def vendors_renew(self, vendor: str, *, by: Actor) -> Invited:
        """Give a vendor another token; the one before opens nothing from now on. Raises Denied or NotFound."""
        check_role(by, "triage", to="renew the access of vendors")
        token = self._new_token()
        return Invited(self._changed_vendor(vendor, "vendor renewed", {"token": _digest(token)}, by=by), token)

    def vendors_revoke(self, vendor: str, *, reason: str, by: Actor) -> Vendor:
        """Let a vendor see nothing any more, with a reason. Raises Denied, NotFound, or Invalid without one."""
        check_role(by, "triage", to="revoke the access of vendors")
        if not reason.strip():
            raise Invalid("It takes a few words.", code="vendors.reason")
        values = {"token": None, "revoked": milliseconds(self._context.clock())}
        return self._changed_vendor(vendor, "vendor revoked", values, by=by, text=reason.strip())

    def vendor_view(self, token: str) -> VendorView:
        """What the vendor with this token sees of their case. Raises Denied for a token that opens nothing."""
        with self._context.store.read() as connection:
            return self._vendor_view(connection, self._vendor_by_token(connection, token))

    def vendor_accept(self, token: str) -> VendorView:
        """Agree to keep the embargo of the case. Raises Denied for a token that opens nothing."""

        def work(connection: Connection) -> VendorView:
            row = self._vendor_by_token(connection, token)
            if not row.accepted:
                accepted = milliseconds(self._context.clock())
                connection.execute(VENDORS.update().where(VENDORS.c.id == row.id).values(accepted=accepted))
                self._vendor_told(connection, row, "embargo accepted")
            return self._vendor_view(connection, self._vendor_row(connection, row.id))

        return self._context.store.write(work)

    def vendor_say(self, token: str, *, status: str, statement: str = "") -> VendorView:
        """Say how far a vendor is concerned, and a statement in their words. Raises Denied, or Invalid."""
        if status not in STATUSES or len(statement) > _STATEMENT:
            raise Invalid(
                f"A vendor has a status, and a statement of at most {_STATEMENT} characters.",
                code="vendors.status",
                hint=f"Statuses: {', '.join(STATUSES)}.",
            )

        def work(connection: Connection) -> VendorView:
            row = self._vendor_by_token(connection, token)
            if self._vendor_view(connection, row).must_accept:
                raise Denied("The embargo comes first.", code="vendors.embargo", hint="Agree to keep it.")
            values = {"status": status, "statement": statement.strip()}
            connection.execute(VENDORS.update().where(VENDORS.c.id == row.id).values(**values))
            self._vendor_told(connection, row, "vendor said", {"status": status}, statement.strip())
            return self._vendor_view(connection, self._vendor_row(connection, row.id))

        return self._context.store.write(work)

    def _changed_vendor(self, vendor: str, kind: str, values: dict[str, Any], *, by: Actor, text: str = "") -> Vendor:
        def work(connection: Connection) -> Vendor:
            row = self._vendor_row(connection, vendor)
            if row.revoked:
                raise Conflict(f"{row.name} takes part no longer.", code="vendors.revoked", hint="Invite them again.")
            connection.execute(VENDORS.update().where(VENDORS.c.id == vendor).values(**values))
            details = {"vendor": vendor}
            Casebook(self._context).append(connection, row.case, kind, by=by.id, details=details, text=text)
            return _vendor(self._vendor_row(connection, vendor))

        return self._context.store.write(work)

    def _vendor_view(self, connection: Connection, row: Row[Any]) -> VendorView:
        events = Casebook(self._context).events(connection, [row.case])[row.case]
        silence: Embargo = embargo(embargo_changes(events), now=self._context.clock())
        must_accept = silence.holds and not row.accepted
        shared = () if must_accept else tuple(_shared(each) for each in events if _is_for(each, row))
        until = format_time(silence.until) if silence.until else ""
        return VendorView(row.case, _vendor(row), silence.standing, until, must_accept, shared)

    def _vendor_by_token(self, connection: Connection, token: str) -> Row[Any]:
        row = connection.execute(select(VENDORS).where(VENDORS.c.token == _digest(token))).one_or_none()
        if row is None or row.revoked or row.until <= milliseconds(self._context.clock()):
            raise Denied("This token opens nothing.", code="vendors.token", hint="Ask whoever invited you for another.")
        return row

    def _vendor_told(
        self, connection: Connection, row: Row[Any], kind: str, more: dict[str, str] | None = None, text: str = ""
    ) -> None:
        details = {"vendor": row.id, **(more or {})}
        Casebook(self._context).append(connection, row.case, kind, by=row.id, details=details, text=text)

    def _vendor_rows(self, connection: Connection, case: str) -> Sequence[Row[Any]]:
        query = select(VENDORS).where(VENDORS.c.case == case).order_by(VENDORS.c.invited, VENDORS.c.id)
        return connection.execute(query).all()

    def _vendor_row(self, connection: Connection, vendor: str) -> Row[Any]:
        row = connection.execute(select(VENDORS).where(VENDORS.c.id == vendor)).one_or_none()
        if row is None:
            raise NotFound(f"There is no vendor {vendor[:40]!r}.", code="vendors.missing")
        return row

    def _new_token(self) -> str:
        return PREFIX + base64.urlsafe_b64encode(self._context.entropy(_TOKEN_BYTES)).decode().rstrip("=")


def _is_for(event: Event, row: Row[Any]) -> bool:
    """Whether a vendor was told of an event: it names them, or all vendors of the case since they came."""
    if event.audience == "everyone":
        return True
    return event.audience == "vendors" and row.id in event.details.get("vendors", ())


def _shared(event: Event) -> Shared:
    return Shared(event.at, event.kind, event.text)


def _vendor(row: Row[Any]) -> Vendor:
    times = {
        name: told(value)
        for name, value in (
            ("invited", row.invited), ("until", row.until), ("accepted", row.accepted), ("revoked", row.revoked),
        )
    }  # fmt: skip
    return Vendor(
        id=row.id, case=row.case, name=row.name, side=row.side, status=row.status, statement=row.statement, **times
    )


def _digest(token: str) -> str:
    return hashlib.sha256(b"kept/vendor token/v1\x00" + token.encode()).hexdigest()
