"""Tables of triage: how each case stands, its chain of events, and what was written, which can be erased."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from kept.practices.disclosure.service.tables.base import META

# `number` and `head` are those of the last event; the other columns follow from the events, and the audit compares.
CASES = Table(
    "disclosure_cases",
    META,
    Column("id", String(18), primary_key=True),
    Column("received", BigInteger, nullable=False),
    Column("programme", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("assignee", Text, nullable=False),
    Column("severity", String(8), nullable=False),
    Column("merged_into", String(18), nullable=False),
    Column("quarantined", Boolean, nullable=False),
    Column("number", Integer, nullable=False),
    Column("head", String(64), nullable=False),
    Index("disclosure_cases_by_state", "state", "received"),
)

# Rows are only ever added. `at` is milliseconds since 1970, UTC; `text` is the salted digest of what was written.
EVENTS = Table(
    "disclosure_events",
    META,
    Column("case", String(18), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("audience", String(8), nullable=False),
    Column("details", Text, nullable=False),
    Column("text", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)

# Under which salt the last events of all cases gave the digest that a recorded summary shows.
SUMMARIES = Table(
    "disclosure_summaries",
    META,
    Column("digest", String(64), primary_key=True),
    Column("salt", LargeBinary(32), nullable=False),
    Column("at", BigInteger, nullable=False),
)

# A row that is erased leaves its event with a digest that nobody can open any more.
TEXTS = Table(
    "disclosure_texts",
    META,
    Column("case", String(18), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("text", Text, nullable=False),
)
