"""The room's tables: keys, sealed under the workspace's passphrase."""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, Text

from kept.core.store import Schema

META = MetaData()

# `sealed` is the nonce and the sealed secret; `state` is current, retired or revoked, `changed` since when.
KEYS = Table(
    "provenance_keys",
    META,
    Column("number", Integer, primary_key=True),
    Column("id", String(11), nullable=False, unique=True),
    Column("state", String(8), nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("made", String(20), nullable=False),
    Column("changed", String(20), nullable=False),
    Column("reason", Text, nullable=False),
)


SCHEMA = Schema("provenance", META)
