"""Entries of the registry as rows: what may stand in them, and how they are read."""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, select

from kept.errors import Conflict, Invalid, NotFound
from kept.practices.provenance.methods.fingerprint.codes import MEDIA, read_code
from kept.practices.provenance.records import CONTENT_BITS, Entry, Registration
from kept.practices.provenance.service.tables import CODES, ENTRIES, FINGERPRINTS, MANIFESTS, MODELS

MANIFEST_LIMIT = 64 << 20
FINGERPRINT_LIMIT = 4 << 20
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_KEY = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_MEDIA_TYPE = re.compile(r"(image|audio|video)/[a-z0-9.+-]{1,56}")
_MANIFEST_ID = re.compile(r"[A-Za-z0-9._:/-]{1,256}")


def check(told: Registration) -> None:
    """Refuse a registration with a field of another form: raises Invalid, naming the field."""
    patterns = {"model": _DIGEST, "sha256": _DIGEST, "key_id": _KEY, "media_type": _MEDIA_TYPE}
    for name, pattern in patterns.items():
        if not pattern.fullmatch(getattr(told, name)):
            raise _invalid(name, "is not of the form that the registry holds")
    if not 0 <= told.content < 1 << CONTENT_BITS:
        raise _invalid("content", f"has more than {CONTENT_BITS} bits")
    if (told.manifest is None) != (told.manifest_id is None):
        raise _invalid("manifest", "and its id come together")
    if told.manifest_id is not None and not _MANIFEST_ID.fullmatch(told.manifest_id):
        raise _invalid("manifest_id", "is not of the form that the registry holds")
    if len(told.manifest or b"") > MANIFEST_LIMIT or len(told.fingerprint or b"") > FINGERPRINT_LIMIT:
        raise _invalid("manifest or fingerprint", "is too large")
    if told.iscc is not None and read_code(told.iscc).kind != told.media_type.partition("/")[0]:
        raise _invalid("iscc", f"is not that of {told.media_type}")


def insert(connection: Connection, told: Registration, *, number: int, model: int, day: str) -> None:
    """Insert all rows of one registration. Raises Conflict where its manifest is registered already."""
    known = select(MANIFESTS.c.number).where(MANIFESTS.c.manifest_id == told.manifest_id)
    if told.manifest_id is not None and connection.execute(known).first():
        raise Conflict(f"The manifest {told.manifest_id!r} is registered already.", code="registry.manifest-taken")
    for table, row in _rows(told, number=number, model=model, day=day):
        connection.execute(table.insert().values(number=number, **row))


def _rows(told: Registration, *, number: int, model: int, day: str) -> Iterator[tuple[Table, dict[str, Any]]]:
    yield (
        ENTRIES,
        {
            "content": told.content,
            "model": model,
            "key_id": told.key_id,
            "media_type": told.media_type,
            "created": day,
            "state": "current",
            "sha256": bytes.fromhex(told.sha256.removeprefix("sha256:")),
            "iscc": told.iscc,
        },
    )
    if told.iscc is not None:
        code = read_code(told.iscc)
        yield CODES, {"medium": MEDIA[code.kind], "code": signed(code.number)}
    if told.fingerprint is not None:
        yield FINGERPRINTS, {"data": told.fingerprint}
    if told.manifest is not None:
        digest = sha256(told.manifest).digest()
        yield MANIFESTS, {"manifest_id": told.manifest_id, "sha256": digest, "data": told.manifest}


def entries() -> Select[Any]:
    """The query of entries with their model's digest and their manifest's name."""
    columns = (ENTRIES, MODELS.c.model.label("digest"), MANIFESTS.c.manifest_id, MANIFESTS.c.sha256.label("manifest"))
    joined = ENTRIES.join(MODELS, ENTRIES.c.model == MODELS.c.number).outerjoin(
        MANIFESTS, ENTRIES.c.number == MANIFESTS.c.number
    )
    return select(*columns).select_from(joined)


def entry(row: Row[Any]) -> Entry:
    """The entry that a row of `entries` holds."""
    return Entry(
        content=row.content,
        model=row.digest,
        key_id=row.key_id,
        media_type=row.media_type,
        created=row.created,
        state=row.state,
        sha256=_shown(row.sha256),
        iscc=row.iscc,
        manifest_id=row.manifest_id,
        manifest_sha256=_shown(row.manifest),
    )


def change(connection: Connection, content: int, state: str) -> Entry:
    """Withdraw or erase an entry; what is erased is erased for good. Raises NotFound."""
    row = connection.execute(entries().where(ENTRIES.c.content == content)).first()
    if row is None:
        raise NotFound(f"No content was registered under {content:010x}.", code="registry.unknown")
    if row.state == "erased":
        return entry(row)
    changed: dict[str, Any] = {"state": state}
    if state == "erased":
        changed |= {"sha256": None, "iscc": None}
        for table in (CODES, FINGERPRINTS, MANIFESTS):
            connection.execute(table.delete().where(table.c.number == row.number))
    connection.execute(ENTRIES.update().where(ENTRIES.c.number == row.number).values(**changed))
    return entry(connection.execute(entries().where(ENTRIES.c.content == content)).one())


def signed(code: int) -> int:
    """A 64-bit code as databases keep it, which have no unsigned numbers."""
    return code - (code >> 63 << 64)


def _shown(digest: bytes | None) -> str | None:
    return None if digest is None else f"sha256:{bytes(digest).hex()}"


def _invalid(name: str, why: str) -> Invalid:
    return Invalid(f"The {name} {why}.", code="registry.field")
