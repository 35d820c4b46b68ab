"""Passkeys: public keys that people's devices sign in with."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from kept.core.accounts.base import Base, account_of
from kept.core.accounts.records import Account, SignInError, checked_display
from kept.core.accounts.tables import ACCOUNT, PASSKEY
from kept.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class Passkey:
    """A device's public key (COSE, RFC 9052) and how often it has signed, where the device counts."""

    id: str
    account: str
    public_key: bytes
    count: int
    label: str
    made: int


class Passkeys(Base):
    """The verbs about passkeys."""

    def add_passkey(self, account: Account, number: str, *, public_key: bytes, count: int, label: str) -> Passkey:
        """A new passkey of an account. Raises Invalid, or Conflict for one that is known."""
        made = Passkey(number, account.id, public_key, count, checked_display(label), self._now())

        def work(connection: Connection) -> None:
            if connection.execute(select(PASSKEY.c.id).where(PASSKEY.c.id == number)).first():
                raise Conflict("That passkey is known already.", code="accounts.passkey")
            connection.execute(PASSKEY.insert().values({name: getattr(made, name) for name in Passkey.__slots__}))

        self._store.write(work)
        return made

    def passkeys(self, account: Account) -> Sequence[Passkey]:
        """The passkeys of an account, the oldest first."""
        query = select(PASSKEY).where(PASSKEY.c.account == account.id).order_by(PASSKEY.c.made, PASSKEY.c.id)
        with self._store.read() as connection:
            return tuple(Passkey(*row) for row in connection.execute(query))

    def passkey(self, number: str) -> tuple[Passkey, Account]:
        """A passkey and whose it is. Raises SignInError where nobody has it or the account is disabled."""
        with self._store.read() as connection:
            row = connection.execute(select(PASSKEY).where(PASSKEY.c.id == number)).one_or_none()
            found = row and connection.execute(select(ACCOUNT).where(ACCOUNT.c.id == row.account)).one_or_none()
        if not row or not found or found.disabled:
            raise SignInError("That passkey lets nobody in.", code="accounts.refused", hint="Try another one.")
        return Passkey(*row), account_of(found)

    def passkey_used(self, number: str, *, before: int, count: int) -> None:
        """Note how often a passkey has signed. Raises SignInError where it was used elsewhere meanwhile."""
        update = PASSKEY.update().where((PASSKEY.c.id == number) & (PASSKEY.c.count == before)).values(count=count)
        if self._store.write(lambda connection: connection.execute(update).rowcount) != 1:
            raise SignInError("That passkey was used elsewhere.", code="accounts.refused", hint="Try again.")

    def remove_passkey(self, number: str, *, of: Account) -> None:
        """Let nobody in by this passkey any more. Raises NotFound, also for one of another account."""
        delete = PASSKEY.delete().where((PASSKEY.c.id == number) & (PASSKEY.c.account == of.id))
        if self._store.write(lambda connection: connection.execute(delete).rowcount) != 1:
            raise NotFound("There is no such passkey.", code="accounts.passkey")
