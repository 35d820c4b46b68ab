"""The room's tables: campaigns, their attempts (texts can be erased), and the outcome lines of the closed ones;
invitations of outsiders, their sessions with a model, the turns of each and the evidence beside them.
"""

from sqlalchemy import CHAR, Column, Connection, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text

from kept.core.store import Migration, Schema

META = MetaData()

CAMPAIGNS = Table(
    "red_team_campaigns",
    META,
    Column("number", Integer, primary_key=True),
    Column("campaign", String(18), nullable=False, unique=True),
    Column("state", String(9), nullable=False),
    Column("model", String(71), nullable=False),
    Column("address", Text, nullable=False),
    Column("parties", Text),
    Column("plan_digest", String(71), nullable=False),
    Column("plan", Text, nullable=False),
    Column("plan_index", Integer),
    Column("result", Text),
    Column("result_index", Integer),
    Index("red_team_campaigns_repeats", "model", "plan_digest"),
)

# `parties` holds the addresses of the attacker and the judge as JSON, where there are any.
# `answer` is the JSON text of what was said, `salt` what seals it: both go when a text is erased, `digest` stays.
ATTEMPTS = Table(
    "red_team_attempts",
    META,
    Column("campaign", Integer, ForeignKey(CAMPAIGNS.c.number), primary_key=True),
    Column("cell", Integer, primary_key=True),
    Column("prompt", Integer, primary_key=True),
    Column("trial", Integer, primary_key=True),
    Column("outcome", CHAR(1), nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("salt", LargeBinary),
    Column("answer", Text),
)

OUTCOMES = Table(
    "red_team_outcomes",
    META,
    Column("campaign", Integer, ForeignKey(CAMPAIGNS.c.number), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("line", Text, nullable=False),
)

# Of a token only its salted digest is here.
INVITATIONS = Table(
    "red_team_invitations",
    META,
    Column("number", Integer, primary_key=True),
    Column("invitation", String(18), nullable=False, unique=True),
    Column("tester", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("issued", String(20), nullable=False),
    Column("by", Text, nullable=False),
    Column("revoked", String(20)),
)

# `salt` goes when the texts are erased; `digest` stays. `asking` is when the turn began that is still being answered.
SESSIONS = Table(
    "red_team_sessions",
    META,
    Column("number", Integer, primary_key=True),
    Column("session", String(18), nullable=False, unique=True),
    Column("invitation", Integer, ForeignKey(INVITATIONS.c.number), nullable=False),
    Column("model", String(71), nullable=False),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("domain", String(64), nullable=False),
    Column("strategy", String(64), nullable=False),
    Column("tools", Text, nullable=False),
    Column("opened", String(20), nullable=False),
    Column("asking", String(20)),
    Column("outcome", CHAR(1)),
    Column("note", Text, nullable=False),
    Column("salt", LargeBinary),
    Column("digest", LargeBinary),
    Index("red_team_sessions_of_invitation", "invitation"),
)

TURNS = Table(
    "red_team_turns",
    META,
    Column("session", Integer, ForeignKey(SESSIONS.c.number), primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("message", Text, nullable=False),
    Column("note", Text, nullable=False),
)

EVIDENCE = Table(
    "red_team_evidence",
    META,
    Column("session", Integer, ForeignKey(SESSIONS.c.number), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("media_type", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("data", LargeBinary, nullable=False),
)

# The exchanges that people labelled, as JSON, by the digest of their set; and what judges said of them.
LABELS = Table(
    "red_team_labels",
    META,
    Column("labels", String(64), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("item", Text, nullable=False),
)

VERDICTS = Table(
    "red_team_verdicts",
    META,
    Column("labels", String(64), primary_key=True),
    Column("judge", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("outcome", CHAR(1), nullable=False),
    Column("votes", String(9), nullable=False),
)


# Data sets of others: their texts stay here.
DATASETS = Table(
    "red_team_datasets",
    META,
    Column("name", String(64), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("revision", String(64), nullable=False),
    Column("licence", Text, nullable=False),
)

ITEMS = Table(
    "red_team_dataset_items",
    META,
    Column("dataset", String(64), ForeignKey(DATASETS.c.name), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("text", Text, nullable=False),
)


def _add_external(connection: Connection) -> None:
    META.create_all(connection, tables=[INVITATIONS, SESSIONS, TURNS, EVIDENCE])


def _add_labels(connection: Connection) -> None:
    META.create_all(connection, tables=[LABELS, VERDICTS])


def _add_datasets(connection: Connection) -> None:
    META.create_all(connection, tables=[DATASETS, ITEMS])


MIGRATIONS = (
    Migration("outsiders are invited", _add_external),
    Migration("judges are calibrated", _add_labels),
    Migration("data sets are imported", _add_datasets),
)
SCHEMA = Schema("red_team", META, MIGRATIONS)
