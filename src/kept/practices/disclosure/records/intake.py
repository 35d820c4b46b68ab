"""What comes in: sealed reports, the threads that receipts open, and the keys that read them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kept.practices.disclosure.records.programmes import Programme
from kept.practices.disclosure.records.reports import Readers

Route = Literal["page", "slow", "staff"]
"""How a report came: with proof of work, in the slow queue without, or handed in by staff."""
KeyKind = Literal["triage", "replay"]
Author = Literal["reporter", "team", "keys"]
"""Who wrote a message; "keys" are old identities of a reporter's, sealed for their new code."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that reports are encrypted to: a triager's, or the isolated replay worker's. Times are UTC, "" for never.

    `lost` says that it was retired because nobody has its identity any more.
    """

    name: str
    kind: KeyKind
    recipient: str
    added: str
    by: str
    retired: str = ""
    lost: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Retired:
    """A retired key, and how many unreleased reports no key in use opens any more: what its loss cost."""

    key: Key
    lost_reports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Submission:
    """What comes with a sealed report, in clear.

    `submission` is an id that the client drew (32 hex digits): sent again, it changes nothing. `handle` and `secret`
    follow from the receipt code, as `recipient`, to which replies are encrypted; all three are empty where the reporter
    wants no thread. `proof` is the solved challenge in base64, or "" for the slow queue.
    """

    submission: str
    programme: str
    version: int
    readers: Readers
    handle: str = ""
    secret: str = field(default="", repr=False)
    recipient: str = ""
    proof: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Blank:
    """What an upload without JavaScript begins with: its id, and what would open its thread."""

    programme: Programme
    submission: str
    access: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What a reporter is given once their report is durable.

    SHA-256(`salt` ‖ SHA-256(sealed report)) is `digest`, which the ledger's entry `recorded` states, with the digests
    of the scope and the safe-harbour text that were in force.
    """

    report: str
    received: str
    programme: str
    version: int
    digest: str
    salt: str
    recorded: int
    scope_digest: str
    safe_harbour_digest: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A report as it lies there, before anybody has read it. `bytes` are those of the sealed file, 0 once discarded."""

    id: str
    programme: str
    version: int
    readers: Readers
    route: Route
    received: str
    bytes: int
    keys: int
    recorded: int
    released: str = ""
    discarded: str = ""
    receipt: Literal["none", "open", "closed"] = "none"
    messages: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a thread: an age file, that the receipt code opens and, but for "keys", the triage team."""

    number: int
    author: Author
    at: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReceiptEvent:
    """Something that was done with a receipt: its holder sees it too, and so notices a thief."""

    at: str
    event: Literal["made", "opened", "refused", "replaced", "closed", "closed by the team", "written"]


@dataclass(frozen=True, slots=True)
class Session:
    """What opens a thread for a while, once the receipt was shown."""

    token: str = field(repr=False)
    seconds: int


@dataclass(frozen=True, slots=True)
class Thread:
    """What a receipt opens."""

    report: str
    programme: str
    version: int
    received: str
    released: bool
    messages: tuple[Message, ...]
    events: tuple[ReceiptEvent, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A report that was sealed on its reporter's machine: the age file, and what is sent beside it.

    `code` is the receipt code, for the reporter alone; `access` opens the thread; replies are sealed to `recipient`.
    """

    sealed: bytes = field(repr=False)
    code: str = field(repr=False)
    access: str = field(repr=False)
    recipient: str
