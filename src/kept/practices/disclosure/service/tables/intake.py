"""Tables of what comes in: sealed reports, their threads and receipts, the keys that read them, and work done.

All times are milliseconds since 1970, UTC. No address and no name of a reporter stands here, unless they wrote it
inside what they sealed.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from kept.practices.disclosure.service.tables.base import META, NUMBER

# Rows stay: a retired key tells who could read what was sealed while it was in use.
KEYS = Table(
    "disclosure_keys",
    META,
    Column("name", String(64), primary_key=True),
    Column("kind", String(6), nullable=False),
    Column("recipient", String(80), nullable=False, unique=True),
    Column("added", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("retired", BigInteger, nullable=False),
    Column("lost", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
)

# `submission` is the client's own id. `bytes` is 0 once it was discarded, and `recorded` the entry of its statement.
REPORTS = Table(
    "disclosure_reports",
    META,
    Column("id", String(18), primary_key=True),
    Column("submission", String(32), nullable=False, unique=True),
    Column("programme", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("readers", String(20), nullable=False),
    Column("route", String(5), nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("keys", Integer, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("released", BigInteger, nullable=False),
    Column("discarded", BigInteger, nullable=False),
    Index("disclosure_reports_by_time", "received"),
)

# What a reporter sealed, until somebody discards it.
SEALED = Table(
    "disclosure_sealed",
    META,
    Column("report", String(18), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

# To which keys a report was sealed, as far as the client said the truth: those in use when it came.
SEALED_TO = Table(
    "disclosure_sealed_to",
    META,
    Column("report", String(18), primary_key=True),
    Column("key", String(64), primary_key=True),
)

# What somebody who could read it decrypted and released to the room, as the archive that was sealed.
RELEASED = Table(
    "disclosure_released",
    META,
    Column("report", String(18), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# `digest` is a slow one of the secret, under `salt`; a closed receipt has no row.
RECEIPTS = Table(
    "disclosure_receipts",
    META,
    Column("handle", String(32), primary_key=True),
    Column("report", String(18), nullable=False, unique=True),
    Column("salt", LargeBinary(16), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("recipient", String(80), nullable=False),
)

RECEIPT_EVENTS = Table(
    "disclosure_receipt_events",
    META,
    Column("number", NUMBER, primary_key=True),
    Column("report", String(18), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("event", String(20), nullable=False),
    Index("disclosure_receipt_events_by_report", "report", "at"),
)

SESSIONS = Table(
    "disclosure_sessions",
    META,
    Column("digest", String(64), primary_key=True),
    Column("report", String(18), nullable=False),
    Column("until", BigInteger, nullable=False),
)

# `submission` makes a message that is sent twice one message.
MESSAGES = Table(
    "disclosure_messages",
    META,
    Column("number", NUMBER, primary_key=True),
    Column("report", String(18), nullable=False),
    Column("submission", String(32), nullable=False, unique=True),
    Column("author", String(8), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index("disclosure_messages_by_report", "report", "number"),
)

# Challenges whose work was used, until they would have expired anyway.
SPENT = Table(
    "disclosure_spent",
    META,
    Column("challenge", String(64), primary_key=True),
    Column("until", BigInteger, nullable=False),
)

SECRETS = Table(
    "disclosure_secrets",
    META,
    Column("name", String(32), primary_key=True),
    Column("value", LargeBinary(32), nullable=False),
)
