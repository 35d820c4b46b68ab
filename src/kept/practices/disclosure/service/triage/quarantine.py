"""The verbs of quarantine: hazardous or illegal material is moved out of reach, opened by two, and erased in time.

Each item has a key of its own, wrapped by one that stands in a file in the state folder, outside the workspace and its
backups. To erase an item is to destroy that file: from then on nothing opens it, whatever was copied before. Nothing of
an item is shown in any list of cases, and nothing replays it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context, format_time
from kept.core.keys.secret import choose_passphrase
from kept.core.keys.wiping import wipe
from kept.core.keys.wrapping import Reach, Wrapper, create, open_wrapper
from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.disclosure.methods.triage import sealing
from kept.practices.disclosure.records import Settings
from kept.practices.disclosure.records.quarantine import Item, Opening
from kept.practices.disclosure.service.moments import milliseconds, told
from kept.practices.disclosure.service.tables.quarantine import ITEMS, OPENINGS
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.practices.disclosure.service.triage.held import Held

ASKING = timedelta(days=1)
OPEN = timedelta(hours=1)
LONGEST_HOLD = timedelta(days=2 * 365)
_LINE = 256


class Quarantine:
    """Moves material out of reach, opens it by two people, and erases it."""

    _context: Context
    _settings: Settings

    def quarantine_move(self, case: str, *, what: str = "report", reason: str, by: Actor) -> Item:
        """Move the report of a case, or one message of its thread ("message 7"), into quarantine, with a reason.

        1. The item's key and its wrapping key are made.
        2. What is moved is taken out of its place, sealed and kept in one transaction, with an event.

        Raises Denied without the role, NotFound for a case or a message there isn't, Invalid without a reason, and
        Conflict where it lies there already.
        """
        check_role(by, "triage", to="move reports to quarantine")
        why = _words(reason)
        # 1.
        item = f"q-{self._context.entropy(8).hex()}"
        wrapper = create(self._key_place(item), self._key_reach())
        key = bytearray(self._context.entropy(sealing.KEY_BYTES))
        wrapped = wrapper.wrap(key, {"item": item, "case": case})
        now = self._context.clock()
        until = now + timedelta(days=self._settings.quarantine_days)

        # 2.
        def work(connection: Connection) -> Item:
            book = Casebook(self._context)
            book.row(connection, case)
            parts = Held(connection).take(case, what)
            nonce = self._context.entropy(sealing.NONCE_BYTES)
            content = sealing.sealed(parts, key=key, nonce=nonce, item=item, case=case)
            row = {"id": item, "case": case, "what": what, "moved": milliseconds(now), "until": milliseconds(until)}
            connection.execute(ITEMS.insert().values(**row, wrapped=wrapped, sealed=content, ended=0))
            book.append(connection, case, "quarantined", by=by.id, details={"item": item, "what": what}, text=why)
            return self._item(connection, self._item_row(connection, item))

        try:
            return self._context.store.erase(work)
        except (Invalid, NotFound, Conflict):
            # Nothing was moved. Where the store was lost in the commit, it may have been, and the key is needed still.
            wrapper.destroy()
            raise
        finally:
            wipe(key)

    def quarantine_list(self, *, by: Actor) -> tuple[Item, ...]:
        """What lies in quarantine, by id alone, the next to be erased first. Raises Denied without the role."""
        check_role(by, "triage", to="see the quarantine")
        with self._context.store.read() as connection:
            rows = connection.execute(select(ITEMS).where(ITEMS.c.ended == 0).order_by(ITEMS.c.until, ITEMS.c.id))
            return tuple(self._item(connection, row) for row in rows.all())

    def quarantine_ask(self, item: str, *, reason: str, by: Actor) -> Opening:
        """Ask to open an item; another person has a day to agree. Raises Denied, NotFound, or Invalid."""
        check_role(by, "triage", to="open the quarantine")
        why = _words(reason)
        opening = f"o-{self._context.entropy(8).hex()}"

        def work(connection: Connection) -> Opening:
            row = self._lying(connection, item)
            now = self._context.clock()
            values = {"id": opening, "item": item, "asked_by": by.id, "asked": milliseconds(now)}
            until = milliseconds(now + ASKING)
            connection.execute(OPENINGS.insert().values(**values, agreed_by="", agreed=0, until=until))
            self._item_told(connection, row, "opening asked for", by, {"opening": opening}, why)
            return self._item_opening(connection, opening)

        return self._context.store.write(work)

    def quarantine_agree(self, opening: str, *, by: Actor) -> Opening:
        """Agree to an opening that somebody else asked for; it is then open for an hour.

        Raises Denied without the role, to whom asked, and where the day is over; NotFound; Conflict where one agreed.
        """
        check_role(by, "triage", to="open the quarantine")

        def work(connection: Connection) -> Opening:
            found = self._item_opening(connection, opening)
            row = self._lying(connection, found.item)
            now = self._context.clock()
            if found.asked_by == by.id:
                raise Denied("An item is opened by two people.", code="quarantine.second", hint="Ask another triager.")
            if found.agreed_by:
                raise Conflict(f"{found.agreed_by} agreed already.", code="quarantine.agreed")
            self._check_still_open(found)
            values = {"agreed_by": by.id, "agreed": milliseconds(now), "until": milliseconds(now + OPEN)}
            place = (OPENINGS.c.id == opening, OPENINGS.c.agreed_by == "")
            if connection.execute(OPENINGS.update().where(*place).values(**values)).rowcount != 1:
                raise Conflict("Somebody agreed meanwhile.", code="quarantine.agreed", hint="Look again.")
            self._item_told(connection, row, "opening agreed to", by, {"opening": opening})
            return self._item_opening(connection, opening)

        return self._context.store.write(work)

    def quarantine_open(self, opening: str, *, by: Actor) -> dict[str, bytes]:
        """What lies in an item, by part, for either of the two who opened it; that it was read is an event.

        Raises Denied without the role, to others, before two agreed and after the hour; NotFound once it was erased.
        """
        check_role(by, "triage", to="open the quarantine")
        with self._context.store.read() as connection:
            found = self._item_opening(connection, opening)
            row = self._lying(connection, found.item)
        if by.id not in (found.asked_by, found.agreed_by):
            raise Denied("This opening is others'.", code="quarantine.others", hint="Ask for one of your own.")
        if not found.agreed_by:
            raise Denied("Nobody has agreed yet.", code="quarantine.second", hint="Ask another triager.")
        self._check_still_open(found)
        key = self._wrapper(row.id).unwrap(row.wrapped, {"item": row.id, "case": row.case})
        try:
            parts = sealing.opened(row.sealed, key=key, item=row.id, case=row.case)
        finally:
            wipe(key)
        self._context.store.write(
            lambda connection: self._item_told(connection, row, "quarantine read", by, {"opening": opening})
        )
        return parts

    def quarantine_give_back(self, opening: str, *, reason: str, by: Actor) -> Item:
        """Put what was moved by mistake back in its place, under an opening by two. Raises as `quarantine_open`."""
        why = _words(reason)
        parts = self.quarantine_open(opening, by=by)

        def work(connection: Connection) -> Item:
            row = self._lying(connection, self._item_opening(connection, opening).item)
            Held(connection).put(row.case, row.what, parts)
            return self._item_over(connection, row, "given back", by.id, why)

        item = self._context.store.write(work)
        self._wrapper(item.id).destroy()
        return item

    def quarantine_escalate(
        self, item: str, *, to: str, basis: str, hold_days: int = 0, reason: str, by: Actor
    ) -> Item:
        """Record to whom an item was reported, and on which legal basis; `hold_days` is how long the law keeps it.

        Raises Denied without the role, NotFound, or Invalid for words that are missing or a time over two years.
        """
        check_role(by, "triage", to="escalate what lies in quarantine")
        why, said = _words(reason), {"to": _line(to, "whom"), "basis": _line(basis, "the legal basis")}
        if not 0 <= hold_days <= LONGEST_HOLD.days:
            raise Invalid(f"An item is held for at most {LONGEST_HOLD.days} days.", code="quarantine.hold")

        def work(connection: Connection) -> Item:
            row = self._lying(connection, item)
            hold = milliseconds(self._context.clock() + timedelta(days=hold_days)) if hold_days else 0
            until = max(row.until, hold)
            connection.execute(ITEMS.update().where(ITEMS.c.id == item).values(until=until))
            kept = {**said, "until": told(until), "hold": told(hold)}
            self._item_told(connection, row, "escalated", by, kept, why)
            return self._item(connection, self._item_row(connection, item))

        return self._context.store.write(work)

    def quarantine_erase(self, item: str, *, reason: str, by: Actor) -> Item:
        """Erase an item now: its key is destroyed first, and nothing opens it from then on.

        Raises Denied without the role and for one that an escalation still holds, NotFound, or Invalid.
        """
        check_role(by, "triage", to="erase what lies in quarantine")
        why = _words(reason)

        def work(connection: Connection) -> Item:
            row = self._lying(connection, item)
            until = self._held_until(connection, row)
            if until > format_time(self._context.clock()):
                raise Denied(f"The law keeps {item} until {until}.", code="quarantine.hold", hint="Wait for that day.")
            return self._item_erased(connection, row, by=by.id, text=why)

        return self._context.store.write(work)

    def quarantine_sweep(self, *, by: Actor) -> tuple[Item, ...]:
        """Erase every item whose time is over. Raises Denied without the role."""
        check_role(by, "triage", to="sweep the quarantine")
        over = select(ITEMS).where(ITEMS.c.ended == 0, ITEMS.c.until <= milliseconds(self._context.clock()))
        with self._context.store.read() as connection:
            if connection.execute(over.limit(1)).first() is None:
                return ()

        def work(connection: Connection) -> tuple[Item, ...]:
            rows = connection.execute(over).all()
            return tuple(self._item_erased(connection, row, by=by.id, text="Its time was over.") for row in rows)

        return self._context.store.write(work)

    def _item_erased(self, connection: Connection, row: Row[Any], *, by: str, text: str) -> Item:
        """Destroy the key, then say so; where a crash came between, the next sweep says it.

        It is in one transaction with the look at how long the item lies, so that no escalation comes between.
        """
        with suppress(NotFound):
            self._wrapper(row.id).destroy()
        return self._item_over(connection, row, "erased", by, text)

    def _item_over(self, connection: Connection, row: Row[Any], how: str, by: str, text: str) -> Item:
        now = milliseconds(self._context.clock())
        values = {"ended": now, "sealed": b"", "wrapped": b""}
        if connection.execute(ITEMS.update().where(ITEMS.c.id == row.id, ITEMS.c.ended == 0).values(**values)).rowcount:
            if how == "erased":
                Held(connection).forget(row.case, row.what)
            details = {"item": row.id, "how": how}
            Casebook(self._context).append(connection, row.case, "quarantine ended", by=by, details=details, text=text)
        return self._item(connection, self._item_row(connection, row.id))

    def _item_told(
        self, connection: Connection, row: Row[Any], kind: str, by: Actor, details: dict[str, str], text: str = ""
    ) -> None:
        about = {"item": row.id, **details}
        Casebook(self._context).append(connection, row.case, kind, by=by.id, details=about, text=text)

    def _item_row(self, connection: Connection, item: str) -> Row[Any]:
        row = connection.execute(select(ITEMS).where(ITEMS.c.id == item)).one_or_none()
        if row is None:
            raise NotFound(f"There is no item {item[:40]!r}.", code="quarantine.missing")
        return row

    def _lying(self, connection: Connection, item: str) -> Row[Any]:
        row = self._item_row(connection, item)
        if row.ended:
            raise NotFound(f"{item} lies in quarantine no longer.", code="quarantine.over")
        return row

    def _held_until(self, connection: Connection, row: Row[Any]) -> str:
        """Until when the law keeps an item, as its escalations say; "" where it doesn't."""
        events = Casebook(self._context).events(connection, [row.case])[row.case]
        mine = [each.details for each in events if each.kind == "escalated" and each.details.get("item") == row.id]
        # One of before says only until when the item lies there.
        return max((str(each.get("hold", each["until"])) for each in mine), default="")

    def _item(self, connection: Connection, row: Row[Any]) -> Item:
        openings = select(OPENINGS.c.id).where(OPENINGS.c.item == row.id).order_by(OPENINGS.c.asked)
        return Item(
            id=row.id,
            case=row.case,
            what=row.what,
            moved=told(row.moved),
            until=told(row.until),
            ended=told(row.ended),
            openings=tuple(
                self._item_opening(connection, each) for each in connection.execute(openings).scalars().all()
            ),
        )

    def _item_opening(self, connection: Connection, opening: str) -> Opening:
        row = connection.execute(select(OPENINGS).where(OPENINGS.c.id == opening)).one_or_none()
        if row is None:
            raise NotFound(f"There is no opening {opening[:40]!r}.", code="quarantine.opening")
        return Opening(row.id, row.item, row.asked_by, told(row.asked), row.agreed_by, told(row.until))

    def _check_still_open(self, found: Opening) -> None:
        if format_time(self._context.clock()) >= found.until:
            raise Denied("The time of this opening is over.", code="quarantine.late", hint="Ask for another.")

    def _key_place(self, item: str) -> str:
        return f"file:quarantine/{item}.key"

    def _wrapper(self, item: str) -> Wrapper:
        return open_wrapper(self._key_place(item), self._key_reach())

    def _key_reach(self) -> Reach:
        workspace = self._context.workspace
        return Reach(workspace.state, lambda: choose_passphrase(os.environ, workspace.secret), self._context.entropy)


def _words(text: str) -> str:
    if not text.strip():
        raise Invalid("It takes a few words.", code="quarantine.reason", hint="Say why.")
    return text.strip()


def _line(text: str, what: str) -> str:
    found = " ".join(text.split())
    if not 1 <= len(found) <= _LINE:
        raise Invalid(f"Say {what}, in at most {_LINE} characters.", code="quarantine.words")
    return found
