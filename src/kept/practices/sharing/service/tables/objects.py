"""Objects, who may see each, and what became of what was posted.

`number` is microseconds since 1970 and the date at which TAXII says an object was added: every object has its own,
later than that of each object before it, so that whoever pages by it misses none and sees none twice.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, String, Table, Text, text

from kept.practices.sharing.service.tables.base import META

# Versions are compared as text, which a database must do byte by byte.
_VERSION = String(32).with_variant(String(32, collation="C"), "postgresql")

# One version of an object as its bytes are answered. `owner` is whose word it is: the peer that signed it, else the one
# that brought it; "" is this organisation. `source` is who brought it. `signature`: valid, unknown or none.
OBJECTS = Table(
    "sharing_objects",
    META,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("collection", Integer, nullable=False),
    Column("object", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", _VERSION, nullable=False),
    Column("owner", String(63), nullable=False),
    Column("source", String(63), nullable=False),
    Column("tlp", String(12), nullable=False),
    Column("signature", String(7), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(
        "sharing_objects_received", "number", sqlite_where=text("source <> ''"), postgresql_where=text("source <> ''")
    ),
)

# Who may see an object: one row for each audience that it has in its collection. "c" is anyone, "g" the community,
# "m" and "n" the members' organisations without and with their clients, "o:X" and "a:X" organisation X without and
# with its clients, "p:X" peer X alone. `since` is when its owner first put the object there; `first` and `last` mark
# the oldest and newest version that this audience may see of it.
SHOWN = Table(
    "sharing_shown",
    META,
    Column("collection", Integer, primary_key=True, autoincrement=False),
    Column("audience", String(202), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("object", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", _VERSION, nullable=False),
    Column("owner", String(63), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),
    Column("first", SmallInteger, nullable=False),
    Column("last", SmallInteger, nullable=False),
    Index("sharing_shown_by_object", "object", "collection", "audience"),
    Index("sharing_shown_by_kind", "collection", "audience", "kind", "number"),
    Index("sharing_shown_by_number", "number"),
    Index("sharing_shown_by_version", "collection", "audience", "version", "number"),
    sqlite_with_rowid=False,
)

# The latest number that was given away, in one row: a clock that is set back gives none a second time.
NUMBERS = Table(
    "sharing_numbers",
    META,
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("latest", BigInteger, nullable=False),
)

# What was deleted, so that whoever kept a copy can't put it back as if it were new.
GONE = Table(
    "sharing_gone",
    META,
    Column("collection", Integer, primary_key=True, autoincrement=False),
    Column("object", Text, primary_key=True),
    Column("owner", String(63), primary_key=True),
    Column("version", _VERSION, primary_key=True),
    Column("made", BigInteger, nullable=False),
)

# What became of each object of a request, as JSON; only who asked may read it.
STATUSES = Table(
    "sharing_statuses",
    META,
    Column("id", String(36), primary_key=True),
    Column("community", String(63), nullable=False),
    Column("peer", String(63), nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("sharing_statuses_by_time", "made"),
)

FROM_OTHERS = text("sharing_objects.source <> ''")
"""What came from peers, said as the index of that says it, so that a planner takes that one."""
