"""The room's verbs."""

import hashlib

from sqlalchemy import Column, Connection, Integer, MetaData, Table, func, select

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.ledger import Draft, Follower, Recorded
from kept.core.statement import Statement, Subject
from kept.core.store import Schema
from kept_greeting.records import TYPE, Greeting

TABLES = MetaData()
HEARD = Table("greeting_heard", TABLES, Column("position", Integer, primary_key=True))
SCHEMA = Schema("greeting", TABLES)


class Service:
    """Greets people."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def greet(self, name: str, *, by: Actor) -> Greeting:
        """Greet `name` and record it."""
        text = f"{self._context.settings.word}, {name}!"
        subject = Subject(name="greeting", digest={"sha256": hashlib.sha256(text.encode()).hexdigest()})
        predicate = {"text": text, "issued": format_time(self._context.clock()), "by": by.id}
        (receipt,) = self._context.ledger.record(Draft(Statement((subject,), TYPE, predicate)), by=by)
        return Greeting(text=text, index=receipt.index)

    def heard(self) -> int:
        """How many greetings the follower has counted."""
        with self._context.store.read() as connection:
            return connection.execute(select(func.count()).select_from(HEARD)).scalar_one()

    @property
    def counter(self) -> Follower:
        """Counts greetings, each once: its rows commit with its place in the ledger."""
        return Follower((TYPE,), _count)


def _count(connection: Connection, recorded: Recorded) -> None:
    connection.execute(HEARD.insert().values(position=recorded.index))
