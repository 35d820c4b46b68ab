"""What a ledger holds: entries for everyone, and bodies, which can be erased while the entries stand."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from kept.core import canonical
from kept.core.redaction import reveal
from kept.core.statement import ENVELOPE_LIMIT, Envelope, Statement
from kept.core.tiles import ENTRY_LIMIT, too_long
from kept.errors import Invalid, Unverified

VERSION = 1
SALT_BYTES = 32
BODY_LIMIT = 4 * ENVELOPE_LIMIT

_FIELDS = {"digest", "model", "predicate", "version"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement to be recorded, the id of the model it is about, and the top-level fields to conceal."""

    statement: Statement
    model: str = ""
    conceal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """What the log shows of a statement; `digest` is "sha256:" and the hex of SHA-256(salt, envelope)."""

    index: int
    predicate: str
    model: str
    digest: str
    raw: bytes

    @classmethod
    def make(cls, index: int, *, predicate: str, model: str, digest: str) -> Entry:
        """An entry and its canonical bytes. Raises Invalid beyond 65,535 bytes."""
        fields = {"digest": digest, "model": model, "predicate": predicate, "version": VERSION}
        raw = canonical.encode(fields)
        if len(raw) > ENTRY_LIMIT:
            raise too_long(len(raw))
        return cls(index, predicate, model, digest, raw)

    @classmethod
    def parse(cls, index: int, raw: bytes) -> Entry:
        """Read an entry of the log. Raises Invalid for bytes that are not the one encoding of an entry."""
        what = f"Entry {index}"
        fields = canonical.decode(raw, limit=ENTRY_LIMIT, what=what)
        if not isinstance(fields, dict) or set(fields) != _FIELDS or canonical.encode(fields) != raw:
            raise Invalid(f"{what} is not a canonical ledger entry.", code="ledger.entry")
        predicate, model, digest = (fields[name] for name in ("predicate", "model", "digest"))
        if fields["version"] != VERSION or not all(isinstance(text, str) for text in (predicate, model, digest)):
            raise Invalid(f"{what} is not of version {VERSION}.", code="ledger.entry")
        return cls(index, predicate, model, digest, raw)


@dataclass(frozen=True, slots=True)
class Body:
    """What stands behind an entry until it is erased: the salt, the signed envelope and the disclosures."""

    salt: bytes
    envelope: bytes
    disclosures: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The digest that the entry shows."""
        return f"sha256:{sha256(self.salt + self.envelope).hexdigest()}"

    def verify(self, entry: Entry) -> None:
        """Raises Unverified unless this is the body behind `entry`."""
        if self.digest != entry.digest:
            raise Unverified(
                f"The body of entry {entry.index} is not the one that was logged.",
                code="ledger.body",
                hint="It was changed after it was recorded, or bodies were swapped.",
            )

    def to_bytes(self, *, disclose: bool) -> bytes:
        """The body as an exported file; its disclosures go with it only when `disclose`."""
        document: dict[str, Any] = {
            "envelope": base64.b64encode(self.envelope).decode(),
            "salt": base64.b64encode(self.salt).decode(),
        }
        if disclose and self.disclosures:
            document["disclosures"] = list(self.disclosures)
        return canonical.encode(document)

    @classmethod
    def parse(cls, data: bytes, *, where: str) -> Body:
        """Read an exported body. Raises Invalid, naming `where`, for anything else."""
        document = canonical.decode(data, limit=BODY_LIMIT, what=where)
        try:
            if not set(document) <= {"envelope", "salt", "disclosures"}:
                raise ValueError("unknown fields")
            disclosures = tuple(document.get("disclosures", ()))
            if not all(isinstance(disclosure, str) for disclosure in disclosures):
                raise TypeError("a disclosure is not a text")
            salt, envelope = (base64.b64decode(document[name], validate=True) for name in ("salt", "envelope"))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Invalid(f"{where} is not the body of an entry: {error}.", code="ledger.body-malformed") from error
        return cls(salt, envelope, disclosures)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A statement as it was recorded, with its place."""

    index: int
    entry: Entry
    statement: Statement


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry that is read back; without body and statement where the body was erased."""

    index: int
    entry: Entry
    body: Body | None = None
    statement: Statement | None = None

    @classmethod
    def read(cls, entry: Entry, body: Body | None) -> Recorded:
        """Join an entry and its body. Raises Unverified when the body isn't the logged one, or names another type."""
        if body is None:
            return cls(entry.index, entry)
        body.verify(entry)
        statement = Envelope.parse(body.envelope).statement()
        if statement.predicate_type != entry.predicate:
            raise Unverified(
                f"Entry {entry.index} says {entry.predicate}, its statement {statement.predicate_type}.",
                code="ledger.predicate",
            )
        return cls(entry.index, entry, body, statement)

    @property
    def envelope(self) -> Envelope | None:
        """The signed envelope; None where the body was erased."""
        return Envelope.parse(self.body.envelope) if self.body else None

    @property
    def predicate(self) -> Mapping[str, Any] | None:
        """The predicate with every field revealed that this workspace can reveal; None where the body was erased."""
        if self.body is None or self.statement is None:
            return None
        return reveal(self.statement.predicate, self.body.disclosures)
