"""The table of how far each reader of received objects has come."""

from sqlalchemy import BigInteger, Column, String, Table

from kept.practices.sharing.service.tables.base import META

READERS = Table(
    "sharing_readers",
    META,
    Column("name", String(32), primary_key=True),
    Column("cursor", BigInteger, nullable=False),
)
