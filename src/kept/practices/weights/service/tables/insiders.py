"""Tables of those who watch: who stands behind a pseudonym."""

from sqlalchemy import Column, String, Table, Text

from kept.practices.weights.service.tables.meta import META

# A row that is erased leaves its pseudonym without a name, for good.
PEOPLE = Table(
    "weights_people",
    META,
    Column("pseudonym", String(18), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)
