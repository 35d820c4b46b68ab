"""Objects that this organisation made or brought in. Times are microseconds since 1970, UTC."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table, Text

from kept.practices.sharing.service.tables.base import META

# `origin` is what it was brought in from, "own" for what was made here; `external` names a technique, as AML.T0054.
LIBRARY = Table(
    "sharing_library",
    META,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", String(32), nullable=False),
    Column("origin", String(8), nullable=False),
    Column("external", String(32), nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("sharing_library_by_external", "external"),
)
