"""A custodian's card: the key that others seal to, bound to the keys that its holder signs with, and signed by them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from kept.core import canonical
from kept.core.keys import PublicKey
from kept.core.statement import Envelope, Statement, Subject
from kept.errors import Invalid
from kept.practices.weights.methods.envelope import PUBLIC_BYTES
from kept.practices.weights.records.leases import CustodianRow

CARD = "https://kept.example/weights/custodian-card"
LIMIT = 64 * 1024
_KEYS = 4


def statement(row: CustodianRow) -> Statement:
    """What a custodian signs about the key that others seal to."""
    digest = hashlib.sha256(bytes.fromhex(row.public)).hexdigest()
    predicate = {"name": row.name, "public": row.public, "since": row.since}
    return Statement((Subject("custodian", {"sha256": digest}),), CARD, predicate)


def write(signed: Envelope, keys: Sequence[PublicKey]) -> bytes:
    """A card to be handed to root."""
    named = [{"algorithm": key.algorithm, "public": key.public.hex()} for key in keys]
    return canonical.encode({"version": 1, "keys": named, "card": signed.to_bytes().decode()})


def read(data: bytes, name: str) -> tuple[CustodianRow, Envelope, list[PublicKey]]:
    """The card of this name, in at most 64 KiB. That it is theirs is for root to know.

    Raises Invalid for anything else, and Unverified where one of the keys that it names didn't sign it.
    """
    document = canonical.decode(data, limit=LIMIT, what="The card")
    try:
        if set(document) != {"version", "keys", "card"} or document["version"] != 1:
            raise ValueError("its members are others")
        if not 1 <= len(document["keys"]) <= _KEYS:
            raise ValueError("it names no key, or too many")
        keys = [PublicKey(each["algorithm"], bytes.fromhex(each["public"])) for each in document["keys"]]
        signed = Envelope.parse(document["card"].encode())
        row = _row(signed.statement())
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Invalid(
            f"This is no custodian's card: {error}.", code="custodian.card", hint="kept weights custodians card NAME"
        ) from error
    if row.name != name or signed.payload != statement(row).to_bytes():
        raise Invalid(f"This is not the card of {name}.", code="custodian.card")
    for key in keys:
        signed.verify(key)
    return row, signed, keys


def _row(said: Statement) -> CustodianRow:
    found: dict[str, Any] = dict(said.predicate)
    if said.predicate_type != CARD or len(bytes.fromhex(found["public"])) != PUBLIC_BYTES:
        raise ValueError("it is of another kind")
    return CustodianRow(str(found["name"]), str(found["public"]), "active", str(found["since"]), str(found["since"]))
