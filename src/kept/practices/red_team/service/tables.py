"""The room's tables: campaigns, their attempts (texts can be erased), and the outcome lines of the closed ones."""

from sqlalchemy import CHAR, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text

from kept.core.store import Schema

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

SCHEMA = Schema("red_team", META)
