"""Tables of vendors: who takes part in a case, what they say of it, and the digest of the token that lets them in."""

from sqlalchemy import BigInteger, Column, Index, String, Table, Text

from kept.practices.disclosure.service.tables.base import META

# `token` is the SHA-256 (hex) of what a vendor was given, null once it was revoked. What a vendor was told stands in
# the events of the case. Times are milliseconds since 1970, 0 for never.
VENDORS = Table(
    "disclosure_vendors",
    META,
    Column("id", String(18), primary_key=True),
    Column("case", String(18), nullable=False),
    Column("name", Text, nullable=False),
    Column("side", String(10), nullable=False),
    Column("token", String(64), unique=True),
    Column("invited", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("accepted", BigInteger, nullable=False),
    Column("revoked", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("statement", Text, nullable=False),
    Index("disclosure_vendors_by_case", "case"),
)
