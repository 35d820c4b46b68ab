"""The table of those who may see the watch page: digests of their secrets, never the secrets."""

from sqlalchemy import BigInteger, Column, String, Table, Text

from kept.practices.weights.service.tables.meta import META

# `kind` is "link", which works once, or "session". `until` is milliseconds since 1970.
VIEWERS = Table(
    "weights_viewers",
    META,
    Column("digest", String(64), primary_key=True),
    Column("kind", String(7), nullable=False),
    Column("viewer", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)
