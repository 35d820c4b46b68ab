"""Tables of quarantine: what was moved there, under keys of its own, and who may open it until when."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table, Text

from kept.practices.disclosure.service.tables.base import META

# `wrapped` is the item's key, under a wrapping key that stands in a file outside the workspace; without that file
# nothing opens the content. `ended` is when it was erased or given back, 0 while it lies there.
ITEMS = Table(
    "disclosure_items",
    META,
    Column("id", String(18), primary_key=True),
    Column("case", String(18), nullable=False),
    Column("what", String(32), nullable=False),
    Column("moved", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("ended", BigInteger, nullable=False),
    Index("disclosure_items_by_case", "case"),
)

# One person asks, another agrees; `until` is when the asking, and then the opening, is over.
OPENINGS = Table(
    "disclosure_openings",
    META,
    Column("id", String(18), primary_key=True),
    Column("item", String(18), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("agreed_by", Text, nullable=False),
    Column("agreed", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)
