"""The collection that every table of the room belongs to, and the kind of a row's own number."""

from sqlalchemy import BigInteger, Integer, MetaData

META = MetaData()

# On SQLite only a column of type INTEGER is the row's own number.
NUMBER = BigInteger().with_variant(Integer, "sqlite")
