"""The room's verbs."""

import hashlib

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.core.statement import Statement, Subject

from kept_greeting.records import TYPE, Greeting


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
