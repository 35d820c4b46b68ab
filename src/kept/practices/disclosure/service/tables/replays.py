"""Tables of replays: what is queued, what was planned, each attempt, and which reports are one weakness.

Nothing that a report or a model says stands here: outcomes, numbers, and digests under keys that are kept elsewhere.
"""

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, LargeBinary, String, Table, Text, text

from kept.practices.disclosure.service.tables.base import META

# `script` and `claimed` are what the isolated worker said of a report; `plan` is the predicate that was recorded at
# `entry` (-1: not yet). Times are milliseconds since 1970, UTC. As JSON or "": `asked` are the numbers of the
# conversations that were asked for, `surveyed` is what the worker said of each, `confined` what held while it worked.
REPLAYS = Table(
    "disclosure_replays",
    META,
    Column("id", String(18), primary_key=True),
    Column("report", String(18), nullable=False),
    Column("purpose", String(8), nullable=False),
    Column("programme", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("release", String(71), nullable=False),
    Column("script", String(71), nullable=False),
    Column("claimed", String(8), nullable=False),
    Column("severity", String(8), nullable=False),
    Column("weakness", String(18), nullable=False),
    Column("submission", Integer, nullable=False),
    Column("plan", Text, nullable=False),
    Column("entry", BigInteger, nullable=False),
    Column("problem", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("ended", BigInteger, nullable=False),
    Column("asked", Text, nullable=False, server_default=""),
    Column("surveyed", Text, nullable=False, server_default=""),
    Column("confined", Text, nullable=False, server_default=""),
    Index("disclosure_replays_by_state", "state", "created"),
    Index("disclosure_replays_by_report", "report", "created"),
)

# One row for each conversation on each version. `name` is what kept.toml calls the model, `identity` its document;
# `conversation` is 0 where a plan of before didn't number them; `bound` and `entry` are -1 until it is recorded.
VERSIONS = Table(
    "disclosure_replay_versions",
    META,
    Column("replay", String(18), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("model", String(71), nullable=False),
    Column("identity", Text, nullable=False),
    Column("counted", String(100), nullable=False),
    Column("bound", Integer, nullable=False),
    Column("reproduced", Integer, nullable=False),
    Column("entry", BigInteger, nullable=False),
    Column("conversation", Integer, nullable=False, server_default="0"),
)

# A row is written before its attempt is begun, and again with its outcome; `begun` counts how often it was.
ATTEMPTS = Table(
    "disclosure_replay_attempts",
    META,
    Column("replay", String(18), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("begun", Integer, nullable=False),
    Column("outcome", String(1), nullable=False),
    Column("asked", String(32), nullable=False),
    Column("answered", String(32), nullable=False),
    Column("requests", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
)

# Signatures are made under the worker's own key: `key` tells which, since only those of one can be compared.
SIGNATURES = Table(
    "disclosure_signatures",
    META,
    Column("report", String(18), primary_key=True),
    Column("programme", String(64), nullable=False),
    Column("weakness", String(18), nullable=False),
    Column("key", String(16), nullable=False),
    Column("minima", LargeBinary, nullable=False),
)

# What reports of one weakness share: its error budget, of which `tries` are spent, and who reported it first.
WEAKNESSES = Table(
    "disclosure_weaknesses",
    META,
    Column("id", String(18), primary_key=True),
    Column("programme", String(64), nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("first", String(18), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
)

# New releases, as the log tells of them, until every fixed weakness is queued for them.
RELEASES = Table(
    "disclosure_releases",
    META,
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("model", String(71), nullable=False),
    Column("name", Text, nullable=False),
    Column("queued", Integer, nullable=False),
)


def number_conversations(connection: Connection) -> None:
    """Bring tables of before forward: reports of several conversations, and how the worker is confined."""
    for name in ("asked", "surveyed", "confined"):
        connection.execute(text(f"ALTER TABLE disclosure_replays ADD COLUMN {name} TEXT NOT NULL DEFAULT ''"))
    column = "conversation INTEGER NOT NULL DEFAULT 0"
    connection.execute(text(f"ALTER TABLE disclosure_replay_versions ADD COLUMN {column}"))
