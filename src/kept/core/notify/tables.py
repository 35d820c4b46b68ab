"""The table of who is told of what; rows name people by their ids in kept.toml. Times are seconds since 1970."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

from kept.core.store import Schema

_META = MetaData()

# A step of a room, and one row for each way that it is told by: the next rung is begun when the one before has failed.
# `next` is when it may be tried, `batch` names the message that it goes out in, "" before the first try. `person` is
# "" where nobody is named who could be told.
STEP = Table(
    "notify_step",
    _META,
    Column("room", String(64), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("rung", Integer, primary_key=True, autoincrement=False),
    Column("subject", Text, nullable=False),
    Column("clock", Text, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("page", Text, nullable=False),
    Column("person", String(128), nullable=False),
    Column("way", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next", BigInteger, nullable=False),
    Column("batch", String(16), nullable=False),
    Column("begun", BigInteger, nullable=False),
    Column("ended", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Index("notify_step_by_state", "state", "next"),
)

SCHEMA = Schema("notify", _META)
