"""What is said of keys, custodians and leases."""

from dataclasses import dataclass, field
from typing import Literal

from kept.errors import Invalid

KekState = Literal["current", "retired", "destroying", "destroyed"]
CustodianState = Literal["active", "removed", "void"]
LeaseKind = Literal["read", "export"]
LeaseState = Literal["requested", "granted", "denied", "revoked", "ended"]
Verdict = Literal["approved", "refused"]
Review = Literal["", "due", "overdue", "done"]
RESHARING = "resharing"
"""The runtime of a lease by which a file's key is shared anew, and by which no plaintext leaves."""


@dataclass(frozen=True, slots=True)
class KekRow:
    """A key-encryption key: where it stands and how wrapped keys name it, never the key."""

    name: str
    uri: str
    key_id: str
    state: KekState
    made: str
    changed: str


@dataclass(frozen=True, slots=True)
class CustodianRow:
    """Who keeps a part of each file's key. `void`: their key counts no longer, so nothing is sealed to them."""

    name: str
    public: str
    state: CustodianState
    since: str
    changed: str
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """What somebody asks for. `tensors` is a pattern as `fnmatch` reads it, `runtime` a class of hosts or programs.

    `recipient` is whose fingerprint an export carries. Raises Invalid for what nobody could approve.
    """

    purpose: str
    bytes: int
    seconds: int
    tensors: str = "*"
    kind: LeaseKind = "read"
    runtime: str = ""
    recipient: str = ""

    def __post_init__(self) -> None:
        lines = {"purpose": self.purpose, "tensors": self.tensors, "runtime": self.runtime, "recipient": self.recipient}
        for name, text in lines.items():
            least = 1 if name in ("purpose", "tensors") else 0
            if not least <= len(text.strip()) <= 200 or not text.isprintable():
                raise Invalid(
                    f"The {name} of a request is one line of {least} to 200 characters.",
                    code="request.text",
                    hint=f"--{'to' if name == 'recipient' else name}",
                )
        if not 1 <= self.bytes < 2**53 or self.seconds < 60:
            raise Invalid("A request is for at least a byte and a minute.", code="request.amount")
        if self.kind not in ("read", "export") or (self.kind == "export") != bool(self.recipient):
            raise Invalid(
                "An export names its recipient, and nothing else does.", code="request.kind", hint="--kind export --to"
            )


@dataclass(frozen=True, slots=True)
class Lease:
    """Weights that are lent, or asked for: who may read what, how much and until when (seconds since 1970)."""

    id: str
    holder: str
    file: str
    weights: str
    kind: LeaseKind
    tensors: str
    bytes: int
    purpose: str
    runtime: str
    recipient: str
    asked: int
    until: int
    break_glass: bool
    digest: str
    """SHA-256, in hex, of the request as it was signed: what approvals are bound to."""


@dataclass(frozen=True, slots=True)
class Word:
    """What one custodian said of a request; `counts` says whether it still does, and `why` why not."""

    holder: str
    verdict: Verdict
    said: int
    counts: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """A lease with what became of it; `needed` approvals make it one, `review` is the state of a broken glass."""

    lease: Lease
    state: LeaseState
    needed: int
    words: tuple[Word, ...]
    ended: str = ""
    reason: str = ""
    review: Review = ""
    reviewers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """A sealed file that could not be looked at, and why."""

    file: str
    place: str
    why: str


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation came to: the key-encryption key of now, the files moved under it, and those left."""

    kek: KekRow
    files: tuple[str, ...]
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class Reshared:
    """A file whose key is shared among others now: how many of how many open it, and the ledger's entry."""

    file: str
    place: str
    people_required: int
    custodians: int
    generation: int
    recorded: int


@dataclass(frozen=True, slots=True)
class Destruction:
    """A key-encryption key, who has said that it be destroyed, and the files that are unreadable without it."""

    kek: KekRow
    people: tuple[str, ...]
    files: tuple[str, ...]
    unknown: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class Safe:
    """The key of a safe: where it was made, and its public half, for `break_glass` in [practices.weights]."""

    address: str
    public: str
