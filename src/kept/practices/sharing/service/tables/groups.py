"""What this organisation itself said in working groups; what others said stands with what was received."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, Text

from kept.practices.sharing.service.tables.base import META

# `place` is the peer whose collection it was sent to, "" for one that is served here.
GROUP_NOTES = Table(
    "sharing_group_notes",
    META,
    Column("object", Text, primary_key=True),
    Column("draft", String(71), nullable=False),
    Column("what", String(8), nullable=False),
    Column("place", String(63), nullable=False),
    Column("collection", Text, nullable=False),
    Column("said", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

ADOPTIONS = Table(
    "sharing_adoptions",
    META,
    Column("draft", String(71), primary_key=True),
    Column("result", String(71), nullable=False),
    Column("recorded", Integer, nullable=False),
)
