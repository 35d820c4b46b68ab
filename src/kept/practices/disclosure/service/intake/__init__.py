"""The verbs by which reports come in: work to do first, and a sealed report that is acknowledged once it is durable."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context
from kept.core.ledger import Draft
from kept.core.reference import load
from kept.errors import Conflict, Invalid
from kept.practices.disclosure.methods import difficulty
from kept.practices.disclosure.methods.age_header import Header, read_header
from kept.practices.disclosure.records import Acknowledged, Key, Programme, Route, Settings, Submission
from kept.practices.disclosure.service.intake.entering import Coming, enter, taken_in
from kept.practices.disclosure.service.intake.limits import Limits
from kept.practices.disclosure.service.intake.receipts import Receipts, taken
from kept.practices.disclosure.service.keys import Keys
from kept.practices.disclosure.service.moments import milliseconds, told
from kept.practices.disclosure.service.programmes import Programmes
from kept.practices.disclosure.service.tables.intake import RECEIPTS, REPORTS, SECRETS
from kept.predicates.disclosure_report import DisclosureReport

CHALLENGE_MINUTES = 30
SALT_BYTES = 32
_SUBMISSION = re.compile(r"[0-9a-f]{32}")
_WORK = "proof-of-work"


class Intake(Keys, Programmes):
    """Takes in sealed reports; what they say, nothing here can read."""

    _context: Context
    _settings: Settings

    def challenge(self) -> Mapping[str, Any]:
        """Work to do before a report is taken: signed, for one report, until half an hour from now."""
        until = milliseconds(self._context.clock()) + CHALLENGE_MINUTES * 60_000
        make = load(self._context.backends["work"]["challenge"])
        iterations = Limits(self._context, self._settings).iterations()
        found: Mapping[str, Any] = make(
            self._secret(_WORK), iterations=iterations, prefix=difficulty.PREFIX, until=until
        )
        return found

    def submit(self, submission: Submission, sealed: bytes) -> Acknowledged:
        """Take in a report that was sealed on its reporter's machine, in five steps; durable on return.

        1. What was sent before under the same id is acknowledged again; it changes nothing.
        2. The file is an age file to the keys in use, and not too large.
        3. The programme takes reports, in the version that the reporter saw.
        4. Its work was done, and is used up; or, without work, the slow queue has room.
        5. The report, its receipt and a signed statement, which binds it to the scope and the safe-harbour text in
           force, are recorded in one transaction.

        Raises Invalid, Conflict (a newer version; a code or an id used otherwise), NotFound, or FullError.
        """
        return self._submitted(submission, sealed, route="page" if submission.proof else "slow")

    def receive(self, sealed: bytes, *, programme: str, readers: str = "triagers", by: Actor) -> Acknowledged:
        """Take in a sealed report that came another way, by post or by mail; it has no thread. Raises as `submit`."""
        check_role(by, "triage", to="hand in reports")
        latest = self.programme_show(programme)
        made = Submission(self._context.entropy(16).hex(), programme, latest.version, _readers(readers))
        return self._submitted(made, sealed, route="staff", by=by.id)

    def _submitted(self, submission: Submission, sealed: bytes, *, route: Route, by: str = "reporter") -> Acknowledged:
        """Take a report in by the five steps of `submit`."""
        # 1.
        if not _SUBMISSION.fullmatch(submission.submission):
            raise Invalid("A report has an id of 32 hex digits.", code="report.id")
        if (before := self._known(submission, sealed)) is not None:
            return before
        # 2.
        keys = self._recipients(readers=_readers(submission.readers))
        header = self._check_sealed(sealed, keys)
        # 3.
        programme = self._in_force(submission)
        # 4.
        spent = self._work(submission.proof) if route == "page" else None
        receipt = self._receipt(submission, route=route, size=len(sealed))
        # 5.
        now = self._context.clock()
        row = self._made(submission, sealed, header, programme, route, now)
        names = [each.name for each in keys]
        coming = Coming(row, sealed, names, programme, now, by, spent=spent, receipt=receipt)
        self._take_in(coming, submission=submission)
        if (found := self._known(submission, sealed)) is None:
            raise Conflict("The report went while it was taken in.", code="report.gone")
        return found

    def _take_in(self, coming: Coming, *, submission: Submission) -> None:
        """Record it, unless the same report was sent twice at once and the other was faster. Raises as `enter`."""
        said = self._statement(coming.row, coming.programme)
        enters = partial(enter, coming=coming, context=self._context, limits=Limits(self._context, self._settings))
        try:
            self._context.ledger.record(Draft(said.to_statement()), by=self._signer(), rows=enters)
        except Conflict:
            if self._known(submission, coming.sealed) is None:
                raise

    def _check_sealed(self, sealed: bytes, keys: list[Key]) -> Header:
        if len(sealed) > self._settings.report_bytes:
            raise Invalid(
                f"The report has {len(sealed)} bytes; at most {self._settings.report_bytes} are taken.",
                code="report.large",
                hint="Leave out large files, and say where they can be had.",
            )
        header = read_header(sealed)
        if header.keys < len(keys):
            raise Invalid(
                f"The report is encrypted to {header.keys} keys, and there are {len(keys)} to encrypt it to.",
                code="report.keys",
                hint="Load the form, or recipients.txt, again.",
            )
        return header

    def _in_force(self, submission: Submission) -> Programme:
        latest = self.programme_show(submission.programme)
        if not latest.active:
            raise Conflict("The programme takes no more reports.", code="programme.closed", hint="See /disclosure/.")
        if submission.version != latest.version:
            raise Conflict(
                f"The programme is now in version {latest.version}, and version {submission.version} was read.",
                code="programme.superseded",
                hint="Read what changed in its rules, then send the report again.",
            )
        return latest

    def _receipt(self, submission: Submission, *, route: Route, size: int) -> dict[str, Any] | None:
        """The row of the receipt, which is slow to make: so there must be room first. Raises FullError or Invalid."""
        with self._context.store.read() as connection:
            Limits(self._context, self._settings).check(connection, route, size)
        if not (submission.handle or submission.secret or submission.recipient):
            return None
        load(self._context.backends["age"]["check"])(submission.recipient)
        return Receipts(self._context).made(submission.handle, submission.secret, submission.recipient)

    def _work(self, proof: str) -> tuple[str, int]:
        check = load(self._context.backends["work"]["check"])
        found: tuple[str, int] = check(self._secret(_WORK), proof, now=milliseconds(self._context.clock()))
        return found

    def _made(
        self, submission: Submission, sealed: bytes, header: Header, programme: Programme, route: Route, now: datetime
    ) -> dict[str, Any]:
        return {
            "id": f"r-{self._context.entropy(8).hex()}",
            "submission": submission.submission,
            "programme": programme.name,
            "version": programme.version,
            "readers": submission.readers,
            "route": route,
            "received": milliseconds(now),
            "sha256": hashlib.sha256(sealed).hexdigest(),
            "salt": self._context.entropy(SALT_BYTES),
            "bytes": len(sealed),
            "keys": header.keys,
            "released": 0,
            "discarded": 0,
        }

    def _statement(self, made: Mapping[str, Any], programme: Programme) -> DisclosureReport:
        return DisclosureReport.of(
            report=salted_digest(made["salt"], made["sha256"]),
            programme=programme.name,
            version=programme.version,
            document=programme.digest,
            scope=programme.scope_digest,
            safe_harbour=programme.safe_harbour_digest,
            route=made["route"],
            issued=told(made["received"]),
            by=self._settings.signer,
        )

    def _known(self, submission: Submission, sealed: bytes) -> Acknowledged | None:
        """The acknowledgement of what was sent before. Raises Conflict for another report under its id."""
        query = select(REPORTS).where(REPORTS.c.submission == submission.submission)
        with self._context.store.read() as connection:
            row = connection.execute(query).one_or_none()
            receipt = row and connection.execute(select(RECEIPTS).where(RECEIPTS.c.report == row.id)).one_or_none()
        if row is None:
            handle = select(RECEIPTS.c.handle).where(RECEIPTS.c.handle == submission.handle)
            with self._context.store.read() as connection:
                if submission.handle and connection.execute(handle).first():
                    raise taken()
            return None
        if row.sha256 != hashlib.sha256(sealed).hexdigest() or (receipt and receipt.handle != submission.handle):
            raise taken_in()
        return self._acknowledged(row)

    def _acknowledged(self, row: Row[Any]) -> Acknowledged:
        programme = self.programme_show(row.programme, version=row.version)
        return Acknowledged(
            report=row.id,
            received=told(row.received),
            programme=row.programme,
            version=row.version,
            digest=salted_digest(row.salt, row.sha256),
            salt=row.salt.hex(),
            recorded=row.recorded,
            scope_digest=programme.scope_digest,
            safe_harbour_digest=programme.safe_harbour_digest,
        )

    def _secret(self, name: str) -> bytes:
        """A secret of the room's own, drawn when it is first needed."""
        query = select(SECRETS.c.value).where(SECRETS.c.name == name)

        def draw(connection: Connection) -> bytes:
            held = connection.execute(query).scalar()
            if held is None:
                held = self._context.entropy(32)
                connection.execute(SECRETS.insert().values(name=name, value=held))
            return bytes(held)

        with self._context.store.read() as connection:
            held = connection.execute(query).scalar()
        return bytes(held) if held is not None else self._context.store.write(draw)

    def _signer(self) -> Actor:
        """Whose key signs what comes in while nobody of the staff acts."""
        return Actor(self._settings.signer, "organisation", frozenset({"provider"}))


def salted_digest(salt: bytes, sha256: str) -> str:
    """ "sha256:<hex>" of SHA-256(salt ‖ SHA-256(sealed report)): how statements name a report."""
    return f"sha256:{hashlib.sha256(salt + bytes.fromhex(sha256)).hexdigest()}"


def _readers(given: str) -> Any:
    if given not in ("triagers", "triagers and replay"):
        raise Invalid(
            f"{given[:40]!r} says not who may read it.", code="report.readers", hint="triagers, or triagers and replay"
        )
    return given
