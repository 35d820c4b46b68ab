"""Which peers' patterns cost more than a prompt may: how often, and when. Of the prompts nothing is kept.

Times are microseconds since 1970, UTC.
"""

from sqlalchemy import BigInteger, Column, String, Table

from kept.practices.sharing.service.tables.base import META

COSTLY = Table(
    "sharing_costly",
    META,
    Column("peer", String(63), primary_key=True),
    Column("prompts", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
)
