"""The people who sign in: their pseudonyms, roles, passwords, passkeys, sessions and keys."""

import hashlib
import hmac
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from kept.core.accounts.api_keys import PREFIX, ApiKeys
from kept.core.accounts.identities import Identities
from kept.core.accounts.once import Once
from kept.core.accounts.passkeys import Passkey, Passkeys
from kept.core.accounts.people import ADMIN
from kept.core.accounts.records import PSEUDONYM, Account, ApiKey, Entered, SignInError, Spans
from kept.core.accounts.sessions import Sessions
from kept.core.accounts.tables import KEY, PASSKEY, SCHEMA, SECRET

__all__ = [
    "ADMIN",
    "PREFIX",
    "PSEUDONYM",
    "SCHEMA",
    "Account",
    "Accounts",
    "ApiKey",
    "Entered",
    "Passkey",
    "SignInError",
    "Spans",
]

_SECRET_BYTES = 32
_KEYS = (
    select(KEY.c.id, KEY.c.account, KEY.c.label, KEY.c.made, KEY.c.until)
    .where(KEY.c.account.in_(bindparam("accounts", expanding=True)))
    .order_by(KEY.c.made, KEY.c.id)
)
_PASSKEYS = (
    select(PASSKEY)
    .where(PASSKEY.c.account.in_(bindparam("accounts", expanding=True)))
    .order_by(PASSKEY.c.made, PASSKEY.c.id)
)


class Accounts(Identities, Sessions, ApiKeys, Passkeys, Once):
    """The accounts of one workspace, in its store beside the ledger and the rooms."""

    def belongings(self, accounts: Sequence[Account]) -> Sequence[tuple[Sequence[ApiKey], Sequence[Passkey]]]:
        """For each of several accounts, its keys and its passkeys, the oldest first."""
        keys: dict[str, list[ApiKey]] = {account.id: [] for account in accounts}
        asked = {"accounts": list(keys)}
        for row in self._store.rows(_KEYS, asked):
            keys[row.account].append(ApiKey(*row))
        passkeys: dict[str, list[Passkey]] = {account.id: [] for account in accounts}
        for row in self._store.rows(_PASSKEYS, asked):
            passkeys[row.account].append(Passkey(**row._mapping))
        return [(keys[account.id], passkeys[account.id]) for account in accounts]

    def proof(self, purpose: str, text: str) -> str:
        """What only this workspace can make of a text for a purpose: 256 bits, in hexadecimal digits."""
        return hmac.digest(self._secret(), f"{purpose}\0{text}".encode(), hashlib.sha256).hex()

    def _secret(self) -> bytes:
        known: bytes | None = self.__dict__.get("_own_secret")
        if known is None:
            known = self._stored_secret() or self._store.write(self._make_secret)
            self.__dict__["_own_secret"] = known
        return known

    def _stored_secret(self) -> bytes | None:
        with self._store.read() as connection:
            return connection.execute(select(SECRET.c.value).where(SECRET.c.name == "forms")).scalar()

    def _make_secret(self, connection: Connection) -> bytes:
        found = connection.execute(select(SECRET.c.value).where(SECRET.c.name == "forms")).scalar()
        if found is None:
            found = self._entropy(_SECRET_BYTES)
            connection.execute(SECRET.insert().values(name="forms", value=found))
        return bytes(found)
