"""The room's tables: the numbers by which marks name models; the registry of what was marked, by a random number, with
nothing of who asked for it or what it was called; and the journal that lets a bulk job go on where it was cut off.
"""

from sqlalchemy import (
    CHAR,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

from kept.core.store import Schema

META = MetaData()
# On SQLite only a column of type INTEGER is the row's own number, which saves a second index.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

# A mark has 20 bits for the model: what stands behind a number never changes.
MODELS = Table(
    "provenance_models",
    META,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("model", String(71), nullable=False, unique=True),
    Column("name", Text, nullable=False),
)

# Rows are never deleted, so that no id is given twice: what is erased loses all but its id, model, key and day.
ENTRIES = Table(
    "provenance_entries",
    META,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("content", BigInteger, nullable=False, unique=True),
    Column("model", Integer, ForeignKey(MODELS.c.number), nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("media_type", String(64), nullable=False),
    Column("created", CHAR(10), nullable=False),
    Column("state", String(9), nullable=False),
    Column("sha256", LargeBinary(32)),
    Column("iscc", String(80)),
    Index("provenance_entries_by_file", "sha256"),
    Index("provenance_entries_by_key", "key_id"),
)

# Narrow, since all of it is read to build an index: the first 64 bits of each content code, by kind of media.
CODES = Table(
    "provenance_codes",
    META,
    Column("medium", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("code", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

FINGERPRINTS = Table(
    "provenance_fingerprints",
    META,
    Column("number", _NUMBER, ForeignKey(ENTRIES.c.number), primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

MANIFESTS = Table(
    "provenance_manifests",
    META,
    Column("number", _NUMBER, ForeignKey(ENTRIES.c.number), primary_key=True, autoincrement=False),
    Column("manifest_id", String(256), nullable=False, unique=True),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("data", LargeBinary, nullable=False),
)

# `run` counts how often a job was begun: what an earlier run still does no longer counts. `ended` is "" until it has.
JOBS = Table(
    "provenance_jobs",
    META,
    Column("id", String(18), primary_key=True),
    Column("kind", String(5), nullable=False),
    Column("about", Text, nullable=False),
    Column("begun", String(20), nullable=False),
    Column("ended", String(20), nullable=False),
    Column("run", Integer, nullable=False),
    Column("statement", BigInteger),
)

# One row for each file of a job, by the SHA-256 of where it is read. "claimed" says that its content id is drawn,
# "staged" that its output stands beside its place, whole; `input` and `output` are digests, `facts` is JSON.
PIECES = Table(
    "provenance_pieces",
    META,
    Column("job", String(18), ForeignKey(JOBS.c.id), primary_key=True),
    Column("place", LargeBinary(32), primary_key=True),
    Column("source", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("stamp", Text, nullable=False),
    Column("state", String(7), nullable=False),
    Column("input", LargeBinary(32)),
    Column("content", BigInteger),
    Column("output", LargeBinary(32)),
    Column("facts", Text, nullable=False),
    Column("code", String(64), nullable=False),
    Column("message", Text, nullable=False),
    sqlite_with_rowid=False,
)

SCHEMA = Schema("provenance", META)
