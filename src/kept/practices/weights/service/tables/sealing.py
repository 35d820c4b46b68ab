"""The sealed files that this workspace made."""

from sqlalchemy import BigInteger, Column, Index, String, Table, Text

from kept.practices.weights.service.tables.meta import META

# `file` is the id of the file, or of a folder's index; `weights` the SHA-256 of the plaintext.
FILES = Table(
    "weights_files",
    META,
    Column("file", String(64), primary_key=True),
    Column("weights", String(64), nullable=False),
    Column("model", String(71), nullable=False),
    Column("place", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sealed_bytes", BigInteger, nullable=False),
    Column("made", String(20), nullable=False),
    Index("weights_files_by_weights", "weights"),
)
