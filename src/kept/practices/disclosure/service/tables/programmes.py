"""Tables of programmes: what is being written, and every version that was published."""

from sqlalchemy import Boolean, Column, Integer, String, Table, Text

from kept.practices.disclosure.service.tables.base import META

DRAFTS = Table(
    "disclosure_drafts",
    META,
    Column("name", String(64), primary_key=True),
    Column("document", Text, nullable=False),
)

# Rows are only ever added: a report is bound to the version in force when it came.
PROGRAMMES = Table(
    "disclosure_programmes",
    META,
    Column("name", String(64), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("active", Boolean, nullable=False),
    Column("draft", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("published", String(20), nullable=False),
    Column("first_entry", Integer, nullable=False),
)
