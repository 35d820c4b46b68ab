"""Who may sign in, in which roles, and by which password."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from kept.core.accounts import passwords
from kept.core.accounts.base import Base, account_of, found
from kept.core.accounts.records import Account, SignInError, checked_display, checked_name, checked_roles
from kept.core.accounts.tables import ACCOUNT, KEY, PASSKEY, SESSION
from kept.errors import Conflict

_ID_BYTES = 8
ADMIN = "admin"
"""The role that may change accounts."""


class People(Base):
    """The verbs about people."""

    def add(self, name: str, *, display: str = "", roles: Sequence[str] = ()) -> tuple[Account, str]:
        """A new account and its one-time password, which is shown now and never again.

        Raises Invalid for a name or a role that can't be one, and Conflict for a name that is taken.
        """
        password = passwords.one_time(self._entropy)
        account = self._new(name, display, roles, must_change=True)
        kept = passwords.conceal(password, self._entropy(passwords.SALT_BYTES))
        self._store.write(lambda connection: insert(connection, account, kept))
        return account, password

    def invite(self, name: str, *, display: str = "", roles: Sequence[str] = ()) -> Account:
        """A new account without a password, whose owner is known by other means. Raises Invalid or Conflict."""
        account = self._new(name, display, roles, must_change=False)
        self._store.write(lambda connection: insert(connection, account, ""))
        return account

    def everyone(self) -> tuple[Account, ...]:
        """Every account, by name."""
        with self._store.read() as connection:
            return tuple(account_of(row) for row in connection.execute(select(ACCOUNT).order_by(ACCOUNT.c.name)))

    def is_empty(self) -> bool:
        """Whether nobody has an account yet."""
        with self._store.read() as connection:
            return not connection.execute(select(func.count()).select_from(ACCOUNT)).scalar()

    def set_roles(self, name: str, roles: Sequence[str]) -> Account:
        """Give an account these roles and no others. Raises NotFound, Invalid, or Conflict for the last admin."""
        given = " ".join(checked_roles(tuple(roles)))
        return self._store.write(lambda connection: change(connection, name, roles=given))

    def disable(self, name: str) -> Account:
        """Let nobody in by this account any more: its sessions, keys and passkeys end. Raises NotFound or Conflict."""
        return self._store.write(lambda connection: _ended(connection, change(connection, name, disabled=True)))

    def enable(self, name: str) -> Account:
        """Let a disabled account sign in again. Raises NotFound."""
        return self._store.write(lambda connection: change(connection, name, disabled=False))

    def reset_password(self, name: str) -> tuple[Account, str]:
        """A new one-time password in place of the old one; all sessions of the account end. Raises NotFound."""
        password = passwords.one_time(self._entropy)
        return self._with_password(self.account(name), password, must_change=True), password

    def change_password(self, name: str, *, old: str, new: str) -> Account:
        """Put `new` in the place of `old`; all sessions of the account end.

        Raises SignInError, also where `old` was replaced meanwhile, Conflict for the same one, or Invalid.
        """
        row = self._signed(name, old)
        if new == old:
            raise Conflict("The new password is the old one.", code="accounts.password", hint="Choose another.")
        passwords.check_fit(new, name=row.name)
        return self._with_password(account_of(row), new, must_change=False, instead_of=row.password)

    def sign_in(self, name: str, password: str) -> Account:
        """Whose name and password these are. Raises SignInError, which tells not whether there is such an account."""
        return account_of(self._signed(name, password))

    def _signed(self, name: str, password: str) -> Row[Any]:
        given = name.strip().lower()
        with self._store.read() as connection:
            row = connection.execute(select(ACCOUNT).where((ACCOUNT.c.name == given) | (ACCOUNT.c.id == given))).first()
        # The same work is done for a name that nobody has.
        right = passwords.matches(password, row.password if row else "")
        if row is None or not right or row.disabled:
            raise SignInError(
                "That name and password don't belong together.", code="accounts.refused", hint="Try again."
            )
        return row

    def _new(self, name: str, display: str, roles: Sequence[str], *, must_change: bool) -> Account:
        named = checked_name(name)
        return Account(
            f"p-{self._entropy(_ID_BYTES).hex()}",
            named,
            checked_display(display or named),
            checked_roles(tuple(roles)),
            must_change=must_change,
            made=self._now(),
        )

    def _with_password(
        self, account: Account, password: str, *, must_change: bool, instead_of: str | None = None
    ) -> Account:
        """The account with a new password, and no session; `instead_of` is what must still be kept of the old one."""
        kept = passwords.conceal(password, self._entropy(passwords.SALT_BYTES))
        mine = ACCOUNT.c.id == account.id
        if instead_of is not None:
            mine &= (ACCOUNT.c.password == instead_of) & ACCOUNT.c.disabled.is_(False)
        update = ACCOUNT.update().where(mine).values(password=kept, must_change=must_change)

        def work(connection: Connection) -> Account:
            if connection.execute(update).rowcount != 1:
                raise SignInError("The account was changed meanwhile.", code="accounts.refused", hint="Sign in anew.")
            connection.execute(SESSION.delete().where(SESSION.c.account == account.id))
            return found(connection, account.id)

        return self._store.write(work)


def insert(connection: Connection, account: Account, password: str) -> None:
    """Add an account with what is kept of its password. Raises Conflict for a name that is taken."""
    if connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.name == account.name)).first():
        raise Conflict(f"There is an account {account.name!r} already.", code="accounts.exists")
    connection.execute(ACCOUNT.insert().values(**_row(account), password=password))


def change(connection: Connection, name: str, **values: object) -> Account:
    """Change columns of an account, and of no other than is said. Raises NotFound, or Conflict for the last admin."""
    account, governed = found(connection, name), _is_governed(connection)
    connection.execute(ACCOUNT.update().where(ACCOUNT.c.id == account.id).values(**values))
    if governed and not _is_governed(connection):
        raise Conflict("No admin would be left.", code="accounts.last-admin", hint="Make another one first.")
    return found(connection, account.id)


def _ended(connection: Connection, account: Account) -> Account:
    for table in (SESSION, KEY, PASSKEY):
        connection.execute(table.delete().where(table.c.account == account.id))
    return account


def _is_governed(connection: Connection) -> bool:
    """Whether there is somebody who may change accounts on the web."""
    rows = connection.execute(select(ACCOUNT)).all()
    return any(ADMIN in each.roles and not each.disabled for each in map(account_of, rows))


def _row(account: Account) -> dict[str, object]:
    return {
        "id": account.id,
        "name": account.name,
        "display": account.display,
        "roles": " ".join(account.roles),
        "must_change": account.must_change,
        "disabled": account.disabled,
        "made": account.made,
    }
