"""What people sign about leases: requests, approvals, refusals, reviews. It stays in the store, for it names them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from kept.core.statement import Envelope, Statement, Subject
from kept.errors import Unverified
from kept.practices.weights.records.leases import Lease, Terms
from kept.practices.weights.records.sealed import Description

REQUEST = "https://kept.example/weights/request"
APPROVAL = "https://kept.example/weights/approval-word"
REVIEW = "https://kept.example/weights/review"
DESTRUCTION = "https://kept.example/weights/destruction"
BROKER = "https://kept.example/weights/broker-card"


def request(name: str, about: Description, terms: Terms, *, asked: int, by: str, break_glass: bool) -> Statement:
    """What somebody asks for; its digest is what approvals are bound to."""
    predicate = {
        "lease": name,
        "file": about.file,
        "weights": about.weights,
        "holder": by,
        "kind": terms.kind,
        "tensors": terms.tensors,
        "bytes": terms.bytes,
        "purpose": terms.purpose,
        "runtime": terms.runtime,
        "recipient": terms.recipient,
        "asked": asked,
        "until": asked + terms.seconds,
        "break_glass": break_glass,
    }
    return Statement((Subject("weights", {"sha256": about.weights}),), REQUEST, predicate)


def approval(
    lease: Lease, *, verdict: str, member: bytes, broker: bytes, parts: bytes, said: int, by: str
) -> Statement:
    """A custodian's word on one request: nothing of it fits another request, another broker or other parts."""
    predicate = {
        "lease": lease.id,
        "digest": lease.digest,
        "verdict": verdict,
        "member": member.hex(),
        "broker": broker.hex(),
        "parts": hashlib.sha256(parts).hexdigest(),
        "said": said,
        "by": by,
    }
    return Statement((Subject("request", {"sha256": lease.digest}),), APPROVAL, predicate)


def review(lease: Lease, *, note: str, said: int, by: str) -> Statement:
    """What somebody else says after glass was broken."""
    predicate = {"lease": lease.id, "digest": lease.digest, "note": note, "said": said, "by": by}
    return Statement((Subject("request", {"sha256": lease.digest}),), REVIEW, predicate)


def destruction(kek: str, key_id: str, *, reason: str, said: str, by: str) -> Statement:
    """One of the two words that a key-encryption key is destroyed upon."""
    digest = hashlib.sha256(key_id.encode()).hexdigest()
    predicate = {"kek": kek, "key_id": key_id, "reason": reason, "said": said, "by": by}
    return Statement((Subject("wrapping key", {"sha256": digest}),), DESTRUCTION, predicate)


def broker(public: bytes, *, made: str) -> Statement:
    """The provider's word that a public key is its broker's."""
    predicate = {"public": public.hex(), "made": made}
    return Statement((Subject("broker", {"sha256": hashlib.sha256(public).hexdigest()}),), BROKER, predicate)


def read(data: bytes, kind: str) -> tuple[Envelope, Mapping[str, Any]]:
    """A word as it was kept. Raises Unverified for one of another kind."""
    envelope = Envelope.parse(data)
    statement = envelope.statement()
    if statement.predicate_type != kind:
        raise Unverified("What was signed is of another kind.", code="lease.word")
    return envelope, statement.predicate


def read_request(data: bytes) -> tuple[Envelope, Lease]:
    """A request as it was signed. Raises Unverified for a word of another kind or shape."""
    envelope, said = read(data, REQUEST)
    names = set(Lease.__dataclass_fields__) - {"id", "digest"} | {"lease"}
    if set(said) != names:
        raise Unverified("A request has other fields.", code="lease.word")
    values = {name: said[name] for name in names - {"lease"}}
    return envelope, Lease(id=said["lease"], digest=hashlib.sha256(envelope.payload).hexdigest(), **values)
