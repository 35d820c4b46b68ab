"""What whoever runs the room sees at once: what waits for somebody, how a peer stands, what is known of an object."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kept.practices.sharing.records.collections import CollectionRow
from kept.practices.sharing.records.groups import Standing
from kept.practices.sharing.records.library import Held
from kept.practices.sharing.records.objects import SignatureState
from kept.practices.sharing.records.peers import PeerRow
from kept.practices.sharing.records.replays import SharedReplay, Sighting
from kept.practices.sharing.records.urgency import Call, Notice

Whose = Literal["own", "published", "received"]
"""Made or brought in here; put into a collection of ours by ourselves; come from a peer."""
WHOSE: tuple[Whose, ...] = ("own", "published", "received")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What waits to be sent to a peer: how many objects, and since when the first of them does."""

    peer: str
    objects: int
    since: str


@dataclass(frozen=True, slots=True)
class Costly:
    """A peer whose patterns cost more than a prompt may, on how many prompts, since when, and when last."""

    peer: str
    prompts: int
    since: str
    last: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody at a moment, `now`.

    `arrived` counts the patterns that came since the last replay, `unended` what is planned and not replayed to its
    end. `answers` are replays of which the partner wasn't told, `votes` drafts without this organisation's vote,
    `assents` adopted ones that it voted for and didn't sign, and `costly` peers of whose patterns some weren't tried.
    """

    now: str
    notices: tuple[Notice, ...]
    arrived: int
    unended: tuple[SharedReplay, ...]
    answers: tuple[Sighting, ...]
    votes: tuple[Standing, ...]
    assents: tuple[Standing, ...]
    outgoing: tuple[Outgoing, ...]
    silent: tuple[PeerRow, ...]
    costly: tuple[Costly, ...]


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key by which a peer comes in, by its id: its text is kept nowhere."""

    id: str
    made: str


@dataclass(frozen=True, slots=True)
class PulledFrom:
    """A collection of a peer that is pulled: as its server calls it, and as it is mirrored here.

    `pulled` is when that was last tried, `why` what stopped it before the end.
    """

    remote: str
    collection: str
    title: str
    pulled: str
    why: str


@dataclass(frozen=True, slots=True)
class PeerShown:
    """A peer with what it is known by, what it may do, and how the exchange with it stands."""

    peer: PeerRow
    keys: tuple[KnownKey, ...]
    certificates: tuple[str, ...]
    reads: tuple[CollectionRow, ...]
    writes: tuple[CollectionRow, ...]
    pulls: tuple[PulledFrom, ...]
    outgoing: Outgoing | None


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """An urgent matter, who was called when, and what was shared; `document` is None where it was taken back."""

    now: str
    notice: Notice
    calls: tuple[Call, ...]
    document: Mapping[str, Any] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """An object of a list: `cursor` is 0 for one of the library, `owner` "" for one of ours.

    `tlp` is "" where nothing marks it, `collection` the title of where it stands.
    """

    id: str
    cursor: int
    kind: str
    name: str
    tlp: str
    owner: str
    collection: str
    version: str
    added: str


@dataclass(frozen=True, slots=True)
class Shelved:
    """A version of an object in a collection: whose word it is, who brought it, and what its signature is worth."""

    cursor: int
    version: str
    owner: str
    source: str
    collection: str
    title: str
    tlp: str
    signature: SignatureState
    added: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What a partner saw of an object of ours: of `trials` on its models `successes` worked; None where it is unsaid.

    `signer` is the peer whose pinned key signed that, "" where none did.
    """

    id: str
    cursor: int
    peer: str
    signer: str
    trials: int | None
    successes: int | None
    added: str


@dataclass(frozen=True, slots=True)
class Traced:
    """All that is known here of one object.

    `document` is the version that is shown: that at `cursor`, or for 0 the one of the library, `held`.
    """

    id: str
    cursor: int
    document: Mapping[str, Any] = field(repr=False)
    held: Held | None
    versions: tuple[Shelved, ...]
    replays: tuple[SharedReplay, ...]
    told: tuple[Sighting, ...]
    heard: tuple[Heard, ...]
    notices: tuple[int, ...]
