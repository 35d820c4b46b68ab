"""A room that the store's tests share: notes, and replies that must belong to one."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table

METADATA = MetaData()
NOTES = Table(
    "test_notes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("text", String, nullable=False),
    Column("batch", Integer),
    Column("body", LargeBinary),
    Column("extra", JSON),
    Column("mood", String, default=lambda: "calm"),
)
REPLIES = Table(
    "test_replies",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("note", ForeignKey("test_notes.id"), nullable=False),
)
