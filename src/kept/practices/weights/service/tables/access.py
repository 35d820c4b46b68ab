"""Tables of the broker: what was set aside before bytes left, what went back, what was read, and the decoys.

All times are milliseconds since 1970, UTC. Rows are only ever added, so that what was spent can't become less.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from kept.practices.weights.service.tables.meta import META

# On SQLite only a column of type INTEGER is the row's own number.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

# Durable before a byte leaves; it counts as spent from then on, whatever becomes of the broker or its client.
RESERVATIONS = Table(
    "weights_reservations",
    META,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("made", BigInteger, nullable=False),
    Column("lease", String(64), nullable=False),
    Column("file", String(64), nullable=False),
    Column("kind", String(6), nullable=False),
    Column("person", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("peer", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Index("weights_reservations_by_lease", "lease"),
    Index("weights_reservations_by_time", "made"),
)

# What of a reservation was never drawn, given back when its reader was done; at most once for each.
RETURNS = Table(
    "weights_returns",
    META,
    Column("reservation", _NUMBER, primary_key=True, autoincrement=False),
    Column("made", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)

# The access stream. `reservation` is the newest that the bytes were drawn on, 0 where none left.
READS = Table(
    "weights_reads",
    META,
    Column("number", _NUMBER, primary_key=True),
    Column("made", BigInteger, nullable=False),
    Column("person", Text, nullable=False),
    Column("outcome", String(8), nullable=False),
    Column("file", String(64), nullable=False),
    Column("tensors", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("team", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("lease", String(64), nullable=False),
    Column("other", Text, nullable=False),
    Column("code", String(64), nullable=False),
    Column("decoy", Boolean, nullable=False),
    Column("reservation", BigInteger, nullable=False),
    Index("weights_reads_by_time", "made"),
)

DECOYS = Table(
    "weights_decoys",
    META,
    Column("file", String(64), primary_key=True),
    Column("place", Text, nullable=False),
    Column("planted", BigInteger, nullable=False),
)

# Which rows each recorded summary speaks of, and the salt under which their digests can be computed again.
SUMMARIES = Table(
    "weights_summaries",
    META,
    Column("stop", BigInteger, primary_key=True, autoincrement=False),
    Column("start", BigInteger, nullable=False),
    Column("reservations_start", BigInteger, nullable=False),
    Column("reservations_stop", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("position", BigInteger, nullable=False, unique=True),
)
