"""Collections, who may read and write them, and by what a peer is known. Times are microseconds since 1970, UTC."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String, Table, Text

from kept.practices.sharing.service.tables.base import META

# `number` names it in other tables. `peer` is "" for what is served here, and else whose collection this mirrors, which
# is served to nobody. `amber` says who gets AMBER that names nobody: "named" nobody, "members" every reader's
# organisation. `released` is whether anyone who has a key may read what is CLEAR.
COLLECTIONS = Table(
    "sharing_collections",
    META,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", String(36), nullable=False, unique=True),
    Column("community", String(63), nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("default_tlp", String(12), nullable=False),
    Column("amber", String(7), nullable=False),
    Column("released", Boolean, nullable=False),
    Column("peer", String(63), nullable=False),
    Column("made", BigInteger, nullable=False),
)

RIGHTS = Table(
    "sharing_rights",
    META,
    Column("collection", Integer, primary_key=True, autoincrement=False),
    Column("peer", String(63), primary_key=True),
    Column("can_read", Boolean, nullable=False),
    Column("can_write", Boolean, nullable=False),
)

# Digests of secrets, never a secret.
API_KEYS = Table(
    "sharing_api_keys",
    META,
    Column("id", String(16), primary_key=True),
    Column("peer", String(63), nullable=False),
    Column("salt", LargeBinary(16), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("used", BigInteger, nullable=False),
)

# The client certificates by which peers are known, each by the SHA-256 of its public key.
CERTIFICATES = Table(
    "sharing_certificates",
    META,
    Column("spki", String(64), primary_key=True),
    Column("peer", String(63), nullable=False),
    Column("certificate", Text, nullable=False),
)
