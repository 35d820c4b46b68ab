"""Tables of rewards and contests: amounts in minor units, who approved, payments, and names that reporters chose.

Times are milliseconds since 1970, UTC.
"""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table, Text
from sqlalchemy import Integer as Whole

from kept.practices.disclosure.service.tables.base import META

REWARDS = Table(
    "disclosure_rewards",
    META,
    Column("id", String(18), primary_key=True),
    Column("kind", String(6), nullable=False),
    Column("state", String(9), nullable=False),
    Column("programme", String(64), nullable=False),
    Column("report", String(18), nullable=False),
    Column("weakness", String(18), nullable=False),
    Column("severity", String(8), nullable=False),
    Column("contest", String(64), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("replay", BigInteger, nullable=False),
    Column("required", Whole, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("entries", Text, nullable=False),
    Index("disclosure_rewards_by_programme", "programme", "state"),
)

APPROVALS = Table(
    "disclosure_reward_approvals",
    META,
    Column("reward", String(18), primary_key=True),
    Column("by", String(256), primary_key=True),
    Column("at", BigInteger, nullable=False),
)

# The reference leads to a person in the books outside; only its salted digest leaves the room.
PAYMENTS = Table(
    "disclosure_payments",
    META,
    Column("reward", String(18), primary_key=True),
    Column("reference", Text, nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
)

# Under which name a report takes part in contests; its reporter agreed to it.
PSEUDONYMS = Table(
    "disclosure_pseudonyms",
    META,
    Column("report", String(18), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
)
