"""Tables of tracing: its wrapped secrets, who gets copies, and which copies were made."""

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, String, Table, Text

from kept.practices.weights.service.tables.meta import META

# Wrapped by a key-encryption key; the newest marks, every one is tried.
SECRETS = Table(
    "weights_tracing_secrets",
    META,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kek", String(64), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("made", String(20), nullable=False),
)

# Who was forgotten keeps the digest alone: a copy can still be traced to it, and it to nobody.
RECIPIENTS = Table(
    "weights_recipients",
    META,
    Column("digest", String(64), primary_key=True),
    Column("name", Text, unique=True),
    Column("salt", LargeBinary(32)),
    Column("made", String(20), nullable=False),
)

COPIES = Table(
    "weights_copies",
    META,
    Column("weights", String(64), primary_key=True),
    Column("parent", String(64), nullable=False),
    Column("recipient", String(64), nullable=False),
    Column("lease", String(64), nullable=False),
    Column("strength", Float, nullable=False),
    Column("commitment", String(64), nullable=False),
    Column("made", String(20), nullable=False),
    Index("weights_copies_by_recipient", "recipient"),
)
