"""What is remembered between two steps of a sign-in, and recalled once."""

import json
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Connection, select

from kept.core import tokens
from kept.core.accounts.base import Base
from kept.core.accounts.records import SignInError
from kept.core.accounts.tables import ONCE

_SPAN = timedelta(minutes=10)


class Once(Base):
    """The verbs about steps."""

    def remember(self, purpose: str, told: Mapping[str, str]) -> str:
        """Keep `told` for ten minutes and give the secret that recalls it."""
        made, now = tokens.make("", self._entropy), self._now()
        row = {
            "id": made.id,
            "purpose": purpose,
            "salt": made.salt,
            "digest": made.digest,
            "told": json.dumps(told),
            "until": now + int(_SPAN.total_seconds()),
        }

        def work(connection: Connection) -> None:
            connection.execute(ONCE.delete().where(ONCE.c.until <= now))
            connection.execute(ONCE.insert().values(**row))

        self._store.write(work)
        return made.text

    def recall(self, purpose: str, secret: str) -> Mapping[str, str]:
        """What was kept, which is forgotten by this. Raises SignInError for what was recalled before, or is too old."""
        given = tokens.read("", secret)

        def work(connection: Connection) -> str | None:
            if given is None:
                return None
            wanted = (ONCE.c.id == given[0]) & (ONCE.c.purpose == purpose) & (ONCE.c.until > self._now())
            row = connection.execute(select(ONCE).where(wanted)).one_or_none()
            if row is None or not tokens.is_of(given[1], salt=row.salt, digest=row.digest):
                return None
            connection.execute(ONCE.delete().where(ONCE.c.id == row.id))
            return str(row.told)

        told = self._store.write(work)
        if told is None:
            raise SignInError("That took too long, or was done before.", code="accounts.step", hint="Begin again.")
        found: Mapping[str, str] = json.loads(told)
        return found
