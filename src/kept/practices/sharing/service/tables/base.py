"""The collection that every table of the room belongs to."""

from sqlalchemy import MetaData

META = MetaData()
