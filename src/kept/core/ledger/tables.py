"""The ledger's tables. Entries and nodes are only ever added; a body can be erased."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, SmallInteger, Table, Text

from kept.core.store import Schema

_METADATA = MetaData()
# On SQLite only a column of type INTEGER is the row's own number, which saves a second index.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

ENTRY = Table(
    "ledger_entry",
    _METADATA,
    Column("position", _NUMBER, primary_key=True, autoincrement=False),
    Column("predicate", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
)
Index("ledger_entry_by_predicate", ENTRY.c.predicate, ENTRY.c.position)

BODY = Table(
    "ledger_body",
    _METADATA,
    Column("position", _NUMBER, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("disclosures", Text, nullable=False),
)

# The roots of full tiles: `level` 1 holds one hash for each 256 entries, level 2 one for each 65,536.
NODE = Table(
    "ledger_node",
    _METADATA,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("position", _NUMBER, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)

FOLLOWER = Table(
    "ledger_follower",
    _METADATA,
    Column("name", Text, primary_key=True),
    Column("position", _NUMBER, nullable=False),
)

# Witnesses that cosign this log, and logs that this workspace witnesses.
WITNESS = Table(
    "ledger_witness",
    _METADATA,
    Column("key", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("party", Text, nullable=False),
)
WATCHED = Table(
    "ledger_watched",
    _METADATA,
    Column("key", Text, primary_key=True),
    Column("origin", Text, nullable=False),
)

SCHEMA = Schema("ledger", _METADATA)
