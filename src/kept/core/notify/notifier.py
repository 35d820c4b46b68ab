"""Tells people of what is due: the verbs of `kept notify`, and what `kept serve` does by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, select

from kept.core.actor import Actor, check_role
from kept.core.context import Clock, Entropy, format_time
from kept.core.notify import Channel, ChannelDown, book
from kept.core.notify.book import Key
from kept.core.notify.records import Due, Item, Looked, Message, Tested, Told, Way
from kept.core.notify.settings import NotifySettings
from kept.core.notify.tables import STEP
from kept.core.store import Store
from kept.errors import KeptError, NotFound, Unavailable

SECONDS = 30
"""How long sending one message may take in all."""
_MESSAGES, _SHOWN, _ID_BYTES = 200, 500, 8


class People:
    """Those whom [notify] names, as they are now; each account is looked up once."""

    def __init__(self, settings: NotifySettings, name_of: Callable[[str], str]) -> None:
        self._settings = settings
        self._name_of = cache(name_of)

    def ladder(self, due: Due) -> Sequence[tuple[str, Way]]:
        """Whom a step is told, by which way, one after the other as each fails."""
        named = (self.known(each) for each in (*due.people, *self._settings.roles.get(due.role, ())))
        people = list(dict.fromkeys(each for each in named if each))
        start = due.level % len(people) if people else 0
        return [(each, way) for each in (*people[start:], *people[:start]) for way in self._settings.people[each]]

    def known(self, person: str) -> str:
        """The name under which [notify.people] has somebody, by that or by the id of their account; "" for nobody."""
        name = self._name_of(person)
        return next((each for each in (person, name) if name and each in self._settings.people), "")


@dataclass(frozen=True)
class Notifier:
    """Tells people of what the rooms say is due.

    `dues` gives what is due now, with the name of the room that says so. `name_of` gives the name of who is known by an
    id, "" for whom nobody is to write to any more. `url` is where the portal stands.
    """

    store: Store
    settings: NotifySettings
    dues: Callable[[], Iterable[tuple[str, Sequence[Due]]]]
    open_channel: Callable[[str], Channel]
    name_of: Callable[[str], str]
    clock: Clock
    entropy: Entropy
    organisation: str
    url: str = ""

    def look(self) -> Looked:
        """Tell what is due and wasn't told, in two steps; `kept serve` does it about once a minute by itself.

        1. Each step that is newly due is entered once, and what isn't due any more is settled.
        2. Each message is claimed, sent, and noted. One that isn't taken is tried again after growing pauses, then the
           next on the list is told, and when the list is at its end it begins anew after an hour.

        Where kept.toml names nobody, nothing is done. A channel that is down is asked once in a look.
        """
        if self.settings.is_empty:
            return Looked(0, ())
        dues = {(room, each.key): each for room, found in self.dues() for each in found}
        people = People(self.settings, self.name_of)
        self._enter(dues, people)
        told, failed = 0, []
        down: dict[str, KeptError] = {}
        for _ in range(_MESSAGES):
            rows = self._claim()
            if not rows:
                break
            error = self._delivered(rows, down)
            if error is None:
                told += len(rows)
            elif self._failed(rows, error):
                failed.append(f"{rows[0].person} isn't reached by {_way_of(rows[0]).channel}: {error.message}")
                self._enter(dues, people)
        return Looked(told, tuple(failed))

    def list(self, *, failed: bool = False, by: Actor) -> tuple[Told, ...]:
        """Who was told of what, the latest 500 first; with `failed`, only what failed or waits after a failure.

        Raises Denied without the role.
        """
        check_role(by, "admin", to="see who was told of what")
        query = select(STEP).order_by(STEP.c.begun.desc(), STEP.c.room, STEP.c.key, STEP.c.rung.desc()).limit(_SHOWN)
        if failed:
            query = query.where((STEP.c.state == "failed") | ((STEP.c.state == "waiting") & (STEP.c.why != "")))
        with self.store.read() as connection:
            return tuple(map(_told_of, connection.execute(query)))

    def test(self, person: str, *, by: Actor) -> tuple[Tested, ...]:
        """Send a test message to a person of [notify.people] by each of their ways; what failed is told, not raised.

        Raises Denied without the role, or NotFound for somebody who isn't there.
        """
        check_role(by, "admin", to="send test messages")
        known = People(self.settings, self.name_of).known(person)
        if not known:
            names = ", ".join(sorted(self.settings.people)) or "nobody"
            raise NotFound(f"[notify.people] has no {person[:80]!r}.", code="notify.person", hint=f"There is {names}.")
        return tuple(Tested(known, str(way), self._tested(known, way)) for way in self.settings.people[known])

    def unheard(self) -> int:
        """How much of what is due reached nobody by the first way, or can reach nobody."""
        if self.settings.is_empty:
            return 0
        with self.store.read() as connection:
            return book.unheard(connection)

    def _enter(self, dues: Mapping[Key, Due], people: People) -> None:
        now = self._now()
        self.store.write(lambda connection: book.enter(connection, dues, people.ladder, now=now))

    def _claim(self) -> Sequence[Row[Any]]:
        """The next message; most looks find none, and take no turn at writing."""
        now = self._now()
        with self.store.read() as connection:
            if connection.execute(book.ready(now).limit(1)).first() is None:
                return ()
        name = self.entropy(_ID_BYTES).hex()
        return self.store.write(lambda connection: book.claim(connection, name, now=now))

    def _delivered(self, rows: Sequence[Row[Any]], down: dict[str, KeptError]) -> KeptError | None:
        """Send a message and note that it was taken; else what came in its way. What is down stays so for a look."""
        way = _way_of(rows[0])
        if way.channel in down:
            return down[way.channel]
        items = tuple(
            Item(each.room, each.subject, each.clock, _moment(each.due), f"{self.url}{each.page}") for each in rows
        )
        error = self._sent(self._message(rows[0].batch, rows[0].person, items), way)
        if isinstance(error, ChannelDown):
            down[way.channel] = error
        if error is None:
            now = self._now()
            self.store.write(lambda connection: book.note_told(connection, rows, now=now))
        return error

    def _failed(self, rows: Sequence[Row[Any]], error: KeptError) -> bool:
        final, now = not isinstance(error, Unavailable), self._now()
        return self.store.write(
            lambda connection: book.note_failed(connection, rows, error.message, final=final, now=now)
        )

    def _tested(self, person: str, way: Way) -> str:
        error = self._sent(self._message(self.entropy(_ID_BYTES).hex(), person), way)
        return str(error) if error else ""

    def _message(self, name: str, person: str, items: tuple[Item, ...] = ()) -> Message:
        language = self.settings.language_of(person)
        return Message(name, self.organisation, person, self.clock(), items, language)

    def _sent(self, message: Message, way: Way) -> KeptError | None:
        """Send in a thread of its own: a server that answers for ever, a byte at a time, is let go of."""
        found: list[KeptError | BaseException | None] = []
        opened: list[Channel] = []

        def send() -> None:
            try:
                opened.append(self.open_channel(way.channel))
                opened[0].send(message, to=way.address)
                found.append(None)
            except BaseException as error:  # noqa: BLE001 - raised below, in the thread that waits
                found.append(error)

        sending = threading.Thread(target=send, daemon=True)
        sending.start()
        sending.join(SECONDS)
        if not found:
            for channel in opened:
                channel.let_go()
            return ChannelDown(f"{way.channel} takes longer than {SECONDS} seconds.", code="notify.slow")
        if found[0] is not None and not isinstance(found[0], KeptError):
            raise found[0]
        return found[0]

    def _now(self) -> int:
        return int(self.clock().timestamp())


def _way_of(row: Row[Any]) -> Way:
    channel, _, address = row.way.partition(":")
    return Way(channel, address)


def _told_of(row: Row[Any]) -> Told:
    due, begun, ended = (format_time(_moment(each)) if each else "" for each in (row.due, row.begun, row.ended))
    return Told(row.room, row.subject, row.clock, due, row.person, row.way, row.state, row.tries, begun, ended, row.why)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
