"""Keys by which programs act for a person."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select

from kept.core import tokens
from kept.core.accounts.base import Base, account_of
from kept.core.accounts.records import Account, ApiKey, Entered, checked_display
from kept.core.accounts.tables import ACCOUNT, KEY
from kept.errors import NotFound

PREFIX = "kept-"
"""What every key begins with, so that a leaked one can be searched for."""

_KNOWN = select(KEY.c.id.label("key"), KEY.c.salt, KEY.c.digest, KEY.c.until, *ACCOUNT.c).where(
    KEY.c.account == ACCOUNT.c.id, KEY.c.id.in_(bindparam("keys", expanding=True))
)


class ApiKeys(Base):
    """The verbs about keys. A key is shown once, and only its salted digest is kept."""

    def add_key(self, account: Account, *, label: str, span: timedelta | None = None) -> tuple[ApiKey, str]:
        """A new key of an account, and its secret, which is shown now and never again. Raises Invalid."""
        made, now = tokens.make(PREFIX, self._entropy), self._now()
        until = now + int(span.total_seconds()) if span else 0
        key = ApiKey(made.id, account.id, checked_display(label), now, until)
        row = {
            "id": key.id,
            "account": key.account,
            "label": key.label,
            "salt": made.salt,
            "digest": made.digest,
            "made": key.made,
            "until": key.until,
        }
        self._store.write(lambda connection: connection.execute(KEY.insert().values(**row)))
        return key, made.text

    def keys(self, account: Account | None = None) -> Sequence[ApiKey]:
        """The keys of an account, or of everyone, the oldest first."""
        query = select(KEY).order_by(KEY.c.made, KEY.c.id)
        if account is not None:
            query = query.where(KEY.c.account == account.id)
        with self._store.read() as connection:
            rows = connection.execute(query).all()
        return tuple(ApiKey(row.id, row.account, row.label, row.made, row.until) for row in rows)

    def revoke_key(self, number: str, *, of: Account | None = None) -> None:
        """Let nobody in by this key any more, from now on. Raises NotFound, also for one of another account."""
        delete = KEY.delete().where(KEY.c.id == number)
        if of is not None:
            delete = delete.where(KEY.c.account == of.id)
        if self._store.write(lambda connection: connection.execute(delete).rowcount) != 1:
            raise NotFound(f"There is no key {number[:40]!r}.", code="accounts.key")

    def enter_by_key(self, text: str) -> Entered | None:
        """Whoever a key lets in now, or None where it lets in nobody."""
        return self.enter_by_each((text,))[0]

    def enter_by_each(self, texts: Sequence[str]) -> Sequence[Entered | None]:
        """For each of several keys, whoever it lets in now, or None."""
        given, now = [tokens.read(PREFIX, text) for text in texts], self._now()
        keys = list({number for number, _ in filter(None, given)})
        found = {row.key: row for row in (self._store.rows(_KNOWN, {"keys": keys}) if keys else ())}
        return [_entered(found.get(one[0]), one[1], now) if one else None for one in given]


def _entered(row: Row[Any] | None, secret: bytes, now: int) -> Entered | None:
    if row is None or row.disabled or row.must_change or 0 < row.until <= now:
        return None
    return Entered(account_of(row), b"") if tokens.is_of(secret, salt=row.salt, digest=row.digest) else None
