"""Tables of what partners shared and is replayed here, and what they are told of it."""

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, LargeBinary, String, Table, Text, text

from kept.practices.sharing.service.tables.base import META

# A row for each received version of a pattern and each model. `plan` is the predicate recorded at `entry`, `result`
# that at `recorded`; -1 stands for not yet. `identity` is the document of the model that it was planned on, of a replay
# planned before there was a worker its name alone. The worker says in `ended` what became of what was planned, in
# `confined` (JSON, or "") what held while it worked, and in `begun` how often it began since the last attempt.
REPLAYS = Table(
    "sharing_replays",
    META,
    Column("id", String(18), primary_key=True),
    Column("cursor", BigInteger, nullable=False),
    Column("object", Text, nullable=False),
    Column("version", String(32), nullable=False),
    Column("peer", String(63), nullable=False),
    Column("collection", Text, nullable=False),
    Column("tlp", String(12), nullable=False),
    Column("model", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("plan", Text, nullable=False),
    Column("entry", BigInteger, nullable=False),
    Column("identity", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("ended", String(9), nullable=False, server_default=""),
    Column("confined", Text, nullable=False, server_default=""),
    Column("begun", Integer, nullable=False, server_default="0"),
    Index("sharing_replays_by_state", "state", "cursor"),
    Index("sharing_replays_once", "cursor", "model", unique=True),
)

ATTEMPTS = Table(
    "sharing_replay_attempts",
    META,
    Column("replay", String(18), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("outcome", String(1), nullable=False),
    Column("asked", String(32), nullable=False),
    Column("answered", String(32), nullable=False),
    Column("requests", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
)

SIGHTINGS = Table(
    "sharing_sightings",
    META,
    Column("replay", String(18), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("why", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("when", BigInteger, nullable=False),
)


def give_to_worker(connection: Connection) -> None:
    """Bring tables of before forward: replays are made by a worker, confined."""
    for column, empty in (("ended TEXT", "''"), ("confined TEXT", "''"), ("begun INTEGER", "0")):
        connection.execute(text(f"ALTER TABLE {REPLAYS.name} ADD COLUMN {column} NOT NULL DEFAULT {empty}"))
    # Of its model nothing but the name was kept, so that nobody could tell whether answers that are alike count once.
    cut = REPLAYS.update().where(REPLAYS.c.state == "planned")
    connection.execute(cut.values(ended="abandoned", why="It was planned before there was a worker."))
