"""Who is signed in."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from kept.core import tokens
from kept.core.accounts.base import Base, account_of
from kept.core.accounts.records import Account, Entered
from kept.core.accounts.tables import ACCOUNT, SESSION

# So often at most is it written down that a session is still used.
_NOTED_SECONDS = 60
_PREFIX = ""
# Made once, since making a query costs more than asking it.
_ALIVE = select(SESSION.c.id.label("session"), SESSION.c.salt, SESSION.c.digest, SESSION.c.seen, *ACCOUNT.c).where(
    SESSION.c.account == ACCOUNT.c.id,
    SESSION.c.id.in_(bindparam("sessions", expanding=True)),
    SESSION.c.until > bindparam("now"),
    SESSION.c.idle_until > bindparam("now"),
)


class Sessions(Base):
    """The verbs about sessions. A session's secret is handed out once, and only its salted digest is kept."""

    def open_session(self, account: Account) -> str:
        """Begin a session and give its secret; what has expired goes."""
        made, now = tokens.make(_PREFIX, self._entropy), self._now()
        row = {
            "id": made.id,
            "account": account.id,
            "salt": made.salt,
            "digest": made.digest,
            "seen": now,
            "idle_until": now + int(self._spans.idle.total_seconds()),
            "until": now + int(self._spans.whole.total_seconds()),
        }

        def work(connection: Connection) -> None:
            connection.execute(SESSION.delete().where((SESSION.c.until <= now) | (SESSION.c.idle_until <= now)))
            connection.execute(SESSION.insert().values(**row))

        self._store.write(work)
        return made.text

    def enter(self, token: str) -> Entered | None:
        """Whoever a session's secret lets in now, or None where it lets in nobody."""
        return self.enter_each((token,))[0]

    def enter_each(self, texts: Sequence[str]) -> Sequence[Entered | None]:
        """For each of several sessions' secrets, whoever it lets in now, or None."""
        given, now = [tokens.read(_PREFIX, text) for text in texts], self._now()
        sessions = list({number for number, _ in filter(None, given)})
        rows = self._store.rows(_ALIVE, {"sessions": sessions, "now": now}) if sessions else ()
        found = {row.session: row for row in rows}
        return [_entered(found.get(one[0]), one[1], now) if one else None for one in given]

    def note_session(self, token: str) -> None:
        """Write down that a session is used, so that it isn't taken for idle."""
        given, now = tokens.read(_PREFIX, token), self._now()
        if given is not None:
            idle = now + int(self._spans.idle.total_seconds())
            update = SESSION.update().where(SESSION.c.id == given[0]).values(seen=now, idle_until=idle)
            self._store.write(lambda connection: connection.execute(update))

    def close_session(self, token: str) -> None:
        """End a session, if it is one."""
        given = tokens.read(_PREFIX, token)
        if given is None:
            return

        def work(connection: Connection) -> None:
            row = connection.execute(
                select(SESSION.c.salt, SESSION.c.digest).where(SESSION.c.id == given[0])
            ).one_or_none()
            if row is not None and tokens.is_of(given[1], salt=row.salt, digest=row.digest):
                connection.execute(SESSION.delete().where(SESSION.c.id == given[0]))

        self._store.write(work)

    def close_sessions(self, account: Account) -> int:
        """End all sessions of an account; gives how many there were."""
        return self._store.write(
            lambda connection: connection.execute(SESSION.delete().where(SESSION.c.account == account.id)).rowcount
        )


def _entered(row: Row[Any] | None, secret: bytes, now: int) -> Entered | None:
    if row is None or row.disabled or not tokens.is_of(secret, salt=row.salt, digest=row.digest):
        return None
    binding = hmac.digest(secret, b"kept form", hashlib.sha256)
    return Entered(account_of(row), binding, is_unnoted=now - row.seen >= _NOTED_SECONDS)
