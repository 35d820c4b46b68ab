"""What is due, who is told of it by which way, and what became of that."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kept.core.notify.languages import ENGLISH
from kept.errors import Invalid

State = Literal["waiting", "told", "failed", "settled"]
"""Not told yet; told; that way failed for good; no longer due before anybody was told."""
_KEY, _WORDS = 200, 120


@dataclass(frozen=True, slots=True)
class Due:
    """What somebody must act on, as a room says it; nobody's words, name or secret stands in it.

    `key` names this step within its room for ever: told once, it isn't told again. `subject` is the id of a case or a
    notice, `clock` what runs out at `due`, and `page` the path of its page. It is for `people` first, by their ids,
    then for those whom [notify] names for `role`; of all these, it begins with the one after `level` others.
    """

    key: str
    subject: str
    clock: str
    due: datetime
    page: str
    role: str
    people: tuple[str, ...] = ()
    level: int = 0

    def __post_init__(self) -> None:
        said = (self.subject, self.clock, self.page, self.role)
        if not 1 <= len(self.key) <= _KEY or not all(len(each) <= _WORDS and each.isprintable() for each in said):
            raise Invalid("What is due is named in short, on one line.", code="notify.due")


@dataclass(frozen=True, slots=True)
class Way:
    """How a person is reached: a channel of [notify], and their address in it, "" where it needs none."""

    channel: str
    address: str = ""

    def __str__(self) -> str:
        return f"{self.channel}:{self.address}" if self.address else self.channel


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a message."""

    room: str
    subject: str
    clock: str
    due: datetime
    link: str


@dataclass(frozen=True, slots=True)
class Message:
    """What one person is told at once, in their `language` where people read it; without items it is a test.

    `id` is the same whenever it is sent again.
    """

    id: str
    organisation: str
    person: str
    sent: datetime
    items: tuple[Item, ...] = ()
    language: str = ENGLISH


@dataclass(frozen=True, slots=True)
class Told:
    """What became of telling one person of one step; times are UTC, "" where there is none yet."""

    room: str
    subject: str
    clock: str
    due: str
    person: str
    way: str
    state: State
    tries: int
    begun: str
    ended: str
    why: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look came to: how many steps were told, and what failed, each as a line without anybody's address."""

    told: int
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of a test message: `why` is "" where it was taken."""

    person: str
    way: str
    why: str
