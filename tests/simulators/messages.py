"""A notifier in a store of its own, with channels that take what a test lets them, and a clock that it turns."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kept.core.notify import Channel, open_channel
from kept.core.notify.notifier import Notifier
from kept.core.notify.records import Due, Message
from kept.core.notify.settings import ChannelSettings, NotifySettings, read
from kept.core.notify.tables import SCHEMA
from kept.core.store import Store
from kept.errors import KeptError

NOW = datetime(2026, 12, 3, 12, tzinfo=UTC)
TABLE = {
    "channels": {
        "mail": {"url": "smtps://mail.example", "sender": "kept@acme.example"},
        "pager": {"url": "https://pager.example", "secret": "env:PAGER"},
    },
    "people": {"ada": ["pager:ada", "mail:ada@acme.example"], "bo": ["mail:bo@acme.example"]},
    "roles": {"triage": ["ada", "bo"]},
}


def due(key: str = "r-1/acknowledge/1", **more: object) -> Due:
    """A step of the room under test, an hour late."""
    said = {"subject": "r-1", "clock": "acknowledge", "due": NOW - timedelta(hours=1), "page": "/r-1", "role": "triage"}
    return Due(key, **{**said, **more})  # type: ignore[arg-type]


@dataclass
class Taking:
    """A channel that keeps what it takes, in memory; `failing` is what it says of the next messages instead."""

    taken: list[tuple[str, Message]] = field(default_factory=list)
    failing: list[KeptError] = field(default_factory=list)
    asked: int = 0

    def send(self, message: Message, *, to: str) -> None:
        self.asked += 1
        if self.failing:
            raise self.failing.pop(0)
        self.taken.append((to, message))

    def let_go(self) -> None:
        """What is kept in memory takes no time."""


@dataclass
class Office:
    """What a test turns: what is due, the clock, the channels, and who has which name."""

    store: Store
    settings: NotifySettings
    due: list[Due] = field(default_factory=list)
    now: datetime = NOW
    names: Mapping[str, str] = field(default_factory=dict)
    mail: Any = field(default_factory=Taking)
    pager: Taking = field(default_factory=Taking)

    @property
    def notifier(self) -> Notifier:
        channels: dict[str, Channel] = {"mail": self.mail, "pager": self.pager}
        return Notifier(
            store=self.store,
            settings=self.settings,
            dues=lambda: [("room", self.due)],
            open_channel=lambda name: channels[self.settings.channel(name) and name],
            name_of=lambda person: self.names.get(person, person),
            clock=lambda: self.now,
            entropy=os.urandom,
            organisation="Acme AI",
            url="https://portal.example",
        )

    def look(self, **later: float) -> int:
        """Turn the clock, look, and say how many steps were told."""
        self.now += timedelta(**later)
        return self.notifier.look().told

    def told(self) -> list[tuple[str, list[str]]]:
        """Who was sent what, by address."""
        return [(to, [each.subject for each in message.items]) for to, message in (*self.pager.taken, *self.mail.taken)]


def mail_at(port: int) -> Channel:
    """The mail server at a port of this machine."""
    return open_channel(ChannelSettings(f"smtp://127.0.0.1:{port}", sender="kept@acme.example"), "")


def look_by_mail(folder: Path, port: int) -> None:
    """What a process does that tells one step, by a mail server at a port."""
    with office(folder) as made:
        made.due, made.mail = [due(people=("bo",))], mail_at(port)
        made.look()


@contextmanager
def office(folder: Path, *, url: str = "", table: object = TABLE) -> Iterator[Office]:
    """The notifier of [notify] as `table` has it; `url` names another store than one in `folder`."""
    store = Store.open(url or f"sqlite:///{folder / 'store.db'}", [SCHEMA])
    try:
        yield Office(store, read(table, where="kept.toml"))
    finally:
        store.close()
