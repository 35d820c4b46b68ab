"""What is said of keys, custodians and leases."""

from dataclasses import dataclass, field
from typing import Literal

KekState = Literal["current", "retired", "destroying", "destroyed"]
CustodianState = Literal["active", "removed", "void"]
LeaseKind = Literal["read", "export"]
LeaseState = Literal["requested", "granted", "denied", "revoked", "ended"]


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
