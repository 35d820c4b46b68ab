"""Who objects are exchanged with. All times are microseconds since 1970, UTC; 0 is never."""

from sqlalchemy import BigInteger, Boolean, Column, String, Table, Text

from kept.practices.sharing.service.tables.base import META

# `heard` is when it last spoke to this server, or answered it.
PEERS = Table(
    "sharing_peers",
    META,
    Column("name", String(63), primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("client_of", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("keys", Text, nullable=False),
    Column("credential", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("heard", BigInteger, nullable=False),
)
