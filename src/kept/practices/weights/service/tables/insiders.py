"""Tables of those who watch: who stands behind a pseudonym, what raised an alarm, and how far each log was watched."""

from sqlalchemy import BigInteger, Column, Float, LargeBinary, String, Table, Text, UniqueConstraint

from kept.practices.weights.service.tables.meta import META

# A row that is erased leaves its pseudonym without a name, for good.
PEOPLE = Table(
    "weights_people",
    META,
    Column("pseudonym", String(18), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

# Raised once for each log, day, tier, rule and person, however often that day is read. `state`: raised, opened,
# confirmed, dismissed. `first` and `second` opened the case; `salt` is that of the person's digest in the ledger.
ALARMS = Table(
    "weights_alarms",
    META,
    Column("id", String(18), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("day", String(10), nullable=False),
    Column("tier", String(9), nullable=False),
    Column("rule", String(16), nullable=False),
    Column("person", String(18), nullable=False),
    Column("raised", BigInteger, nullable=False),
    Column("score", Float, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("words", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("state", String(9), nullable=False),
    Column("first", Text, nullable=False),
    Column("second", Text, nullable=False),
    Column("closed", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    UniqueConstraint("source", "day", "tier", "rule", "person"),
)

# The state of the detector where a day had ended, and up to which row it goes; all in one transaction
# with the alarms of that day.
WATCHED = Table(
    "weights_watched",
    META,
    Column("source", String(64), primary_key=True),
    Column("read", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("state", LargeBinary, nullable=False),
)
