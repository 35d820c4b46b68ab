"""Pseudonyms: drawn once for each name, kept in the store, and turned back only where two people opened a case."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from kept.core.context import Context
from kept.errors import NotFound
from kept.practices.weights.service.tables.insiders import PEOPLE

_BYTES = 6
_MANY = 500


class People:
    """Who stands behind which pseudonym; one process asks the store once for each name."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[str, str] = {}

    def pseudonym(self, name: str) -> str:
        """The pseudonym of a name, "p-" and 12 hexadecimal digits; an empty name has an empty one."""
        return self.pseudonyms([name])[name]

    def pseudonyms(self, names: Iterable[str]) -> dict[str, str]:
        """The pseudonym of each name; those that have none yet are given one, durably, in one transaction."""
        asked = dict.fromkeys(names)
        missing = [name for name in asked if name and name not in self._known]
        if missing:
            self._known |= self._context.store.write(lambda connection: self._named(connection, missing))
        return {name: self._known[name] if name else "" for name in asked}

    def name(self, pseudonym: str) -> str:
        """Whose pseudonym it is. Raises NotFound for one that was never given, or whose name was erased."""
        with self._context.store.read() as connection:
            found = connection.execute(select(PEOPLE.c.name).where(PEOPLE.c.pseudonym == pseudonym)).scalar()
        if found is None:
            raise NotFound(f"Nobody is known as {pseudonym[:40]!r}.", code="people.unknown")
        return str(found)

    def _named(self, connection: Connection, names: list[str]) -> dict[str, str]:
        known: dict[str, str] = {}
        for start in range(0, len(names), _MANY):
            held = connection.execute(select(PEOPLE).where(PEOPLE.c.name.in_(names[start : start + _MANY])))
            known |= {row.name: row.pseudonym for row in held}
        drawn = {name: f"p-{self._context.entropy(_BYTES).hex()}" for name in names if name not in known}
        if drawn:
            rows = [{"pseudonym": pseudonym, "name": name} for name, pseudonym in drawn.items()]
            connection.execute(PEOPLE.insert(), rows)
        return known | drawn
