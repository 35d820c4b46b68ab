"""A key-encryption key is destroyed by two people: everything that it alone wraps is unreadable then, in every copy."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.core.trust import ROOT
from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound
from kept.practices.weights.records import Settings
from kept.practices.weights.records.leases import Destruction, KekRow
from kept.practices.weights.service.leasing import words
from kept.practices.weights.service.leasing.custodians import ROLE
from kept.practices.weights.service.leasing.keks import Keks
from kept.practices.weights.service.leasing.recording import Recording
from kept.practices.weights.service.leasing.replacing import Replacing
from kept.practices.weights.service.leasing.standing import Standing
from kept.practices.weights.service.tables.leasing import DESTRUCTIONS

PEOPLE = 2
_DAYS = 7
_ROLES = frozenset({ROLE, ROOT, "provider"})


class Destroying:
    """Asks for two signed words within a week, and then does it; what was begun is ended by the same call."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self._keks = Keks(context, settings)
        self._standing = Standing(context)
        self._replacing = Replacing(context, settings)
        self._recording = Recording(context)

    def destroy(self, name: str, *, confirm: str, reason: str, by: Actor) -> Destruction:
        """Say that a key-encryption key be destroyed; the second person who says so destroys it.

        Raises NotFound, Invalid unless it is confirmed by its name, Denied to who has no say, and Conflict for one that
        is destroyed.
        """
        row = self._keks.row(name)
        if confirm != name:
            raise Invalid(
                f"That {name} be destroyed is confirmed by its name.", code="kek.confirm", hint=f"--confirm {name}"
            )
        if not 1 <= len(reason.strip()) <= 500 or not reason.isprintable():
            raise Invalid("A reason is one line of up to 500 characters.", code="kek.reason", hint="--reason TEXT")
        if row.state == "destroyed":
            raise Conflict(f"{name} is destroyed.", code="kek.destroyed")
        files, unknown = self._replacing.under(row.key_id)
        self._say(row, reason.strip(), by)
        people = self._people(row)
        if len(people) < PEOPLE:
            return Destruction(row, people, tuple(each.file for each in files), unknown)
        if row.state != "destroying":
            self._prepare(row)
        done = self._end(self._keks.row(name), files)
        return Destruction(done, people, tuple(each.file for each in files), unknown)

    def _prepare(self, row: KekRow) -> None:
        """Save what is no weights' under another key, and let nothing open by this one from now on."""
        if row.state == "current":
            self._keks.succeed(self._keks.next_uri())
        self._replacing.keep_secrets(*self._keks.current())
        now = self._keks.row(row.name)
        self._context.store.write(lambda connection: self._keks.changed(connection, now, "destroying"))

    def _end(self, row: KekRow, files: Sequence[Row[Any]]) -> KekRow:
        """Destroy the key where it lives, then record it; cut off in between, the same call ends it."""
        drafts = self._drafts(row, files)
        # It is not found where it was destroyed before this was cut off.
        with suppress(NotFound):
            self._keks.wrapper(row).destroy()
        self._keks.forget(row)
        recorder = self._recording.recorder(None)
        self._context.ledger.record(
            drafts, by=recorder, rows=lambda connection: self._keks.changed(connection, row, "destroyed")
        )
        return self._keks.row(row.name)

    def _drafts(self, row: KekRow, files: Sequence[Row[Any]]) -> list[Draft]:
        recorder = self._recording.recorder(None)
        return [self._replacing.custody(each, "destroyed", kek=row, envelope=None, by=recorder) for each in files]

    def _say(self, row: KekRow, reason: str, by: Actor) -> None:
        said = format_time(self._context.clock())
        word = self._context.ledger.sign(
            words.destruction(row.name, row.key_id, reason=reason, said=said, by=by.id), by=by
        )
        keys = [key for key in self._standing.signatories(word) if key.name == by.id and key.roles & _ROLES]
        if not keys:
            raise Denied(
                f"{by.id} has no say in this.", code="kek.destroy", hint="Custodians, root and the provider have."
            )
        values = {"kek": row.name, "holder": by.id, "key_id": keys[0].key_id, "word": word.to_bytes(), "said": said}

        def work(connection: Connection) -> None:
            # A word counts for a week; said again, it counts from then on.
            old = DESTRUCTIONS.delete().where(DESTRUCTIONS.c.kek == row.name, DESTRUCTIONS.c.holder == by.id)
            connection.execute(old)
            connection.execute(DESTRUCTIONS.insert().values(**values))

        self._context.store.write(work)

    def _people(self, row: KekRow) -> tuple[str, ...]:
        """Who has said so within a week, each with a key of their own that counts."""
        with self._context.store.read() as connection:
            rows = connection.execute(select(DESTRUCTIONS).where(DESTRUCTIONS.c.kek == row.name)).all()
        since = format_time(self._context.clock().astimezone(UTC) - timedelta(days=_DAYS))
        # By key, so that one who has two names is one person.
        found = {each.key_id: each.holder for each in rows if each.said >= since and self._counts(each, row)}
        return tuple(sorted(found.values()))

    def _counts(self, said: Row[Any], row: KekRow) -> bool:
        try:
            envelope, word = words.read(bytes(said.word), words.DESTRUCTION)
            same = (word["kek"], word["key_id"], word["by"], word["said"]) == (
                row.name,
                row.key_id,
                said.holder,
                said.said,
            )
            keys = self._standing.signatories(envelope)
        except (KeptError, KeyError):
            # A word that was changed in the store counts as none.
            return False
        return same and any(key.name == said.holder and key.roles & _ROLES for key in keys)
