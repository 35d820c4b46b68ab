"""How far each peer's collections were pulled, and what waits to be sent. Times are microseconds since 1970, UTC."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from kept.practices.sharing.service.tables.base import META

# `last` is when the last object that is here was added there, as its server wrote it; it and the objects are written in
# one transaction. `mirror` is the number of the collection in which they stand here.
CURSORS = Table(
    "sharing_cursors",
    META,
    Column("peer", String(63), primary_key=True),
    Column("remote", String(200), primary_key=True),
    Column("mirror", Integer, nullable=False),
    Column("last", String(40), nullable=False),
    Column("pulled", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
)

# Durable before anything is sent, and gone once the peer's server has said what became of it.
OUTBOX = Table(
    "sharing_outbox",
    META,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("peer", String(63), nullable=False),
    Column("remote", String(200), nullable=False),
    Column("object", Text, nullable=False),
    Column("version", String(32), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("sharing_outbox_by_peer", "peer", "number"),
)
