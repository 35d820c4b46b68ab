"""The room's tables."""

from sqlalchemy import MetaData

from kept.core.store import Schema

META = MetaData()

SCHEMA = Schema("provenance", META)
