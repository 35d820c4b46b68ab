"""Tables of urgent matters: what came, who was called and when, and who is on call."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, Text

from kept.practices.sharing.service.tables.base import META, NUMBER

# `asked` is by when the sender wants an answer (0: nothing was asked), `acknowledged` when it was given (0: not yet).
NOTICES = Table(
    "sharing_notices",
    META,
    Column("cursor", BigInteger, primary_key=True, autoincrement=False),
    Column("object", Text, nullable=False),
    Column("version", String(32), nullable=False),
    Column("peer", String(63), nullable=False),
    Column("collection", Text, nullable=False),
    Column("tlp", String(12), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("urgency", String(10), nullable=False),
    Column("title", Text, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("acknowledged", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("recorded", BigInteger, nullable=False),
)

# Rows are only ever added: a clock that is set back, or a roster that is changed, undoes no call.
CALLS = Table(
    "sharing_calls",
    META,
    Column("cursor", BigInteger, primary_key=True, autoincrement=False),
    Column("person", String(128), primary_key=True),
    Column("level", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
)

ROSTER = Table(
    "sharing_roster",
    META,
    Column("number", NUMBER, primary_key=True),
    Column("person", String(128), nullable=False),
    Column("level", Integer, nullable=False),
    Column("begins", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
)
