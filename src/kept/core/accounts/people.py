"""Who may sign in, in which roles, and by which password."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, func, select

from kept.core.accounts import passwords
from kept.core.accounts.base import Base, account_of
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
        self._insert(account, passwords.conceal(password, self._entropy(passwords.SALT_BYTES)))
        return account, password

    def invite(self, name: str, *, display: str = "", roles: Sequence[str] = ()) -> Account:
        """A new account without a password, whose owner is known by other means. Raises Invalid or Conflict."""
        account = self._new(name, display, roles, must_change=False)
        self._insert(account, "")
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
        changed = replace(self.account(name), roles=checked_roles(tuple(roles)))
        self._change(changed)
        return changed

    def disable(self, name: str) -> Account:
        """Let nobody in by this account any more: its sessions, keys and passkeys end. Raises NotFound or Conflict."""
        changed = replace(self.account(name), disabled=True)
        self._change(changed, ends=True)
        return changed

    def enable(self, name: str) -> Account:
        """Let a disabled account sign in again. Raises NotFound."""
        changed = replace(self.account(name), disabled=False)
        self._change(changed)
        return changed

    def reset_password(self, name: str) -> tuple[Account, str]:
        """A new one-time password in place of the old one; all sessions of the account end. Raises NotFound."""
        password = passwords.one_time(self._entropy)
        changed = replace(self.account(name), must_change=True)
        self._set_password(changed, password)
        return changed, password

    def change_password(self, name: str, *, old: str, new: str) -> Account:
        """Put `new` in the place of `old`; all sessions of the account end. Raises SignInError or Invalid."""
        account = self.sign_in(name, old)
        if new == old:
            raise Conflict("The new password is the old one.", code="accounts.password", hint="Choose another.")
        passwords.check_fit(new, name=account.name)
        changed = replace(account, must_change=False)
        self._set_password(changed, new)
        return changed

    def sign_in(self, name: str, password: str) -> Account:
        """Whose name and password these are. Raises SignInError, which tells not whether there is such an account."""
        given = name.strip().lower()
        with self._store.read() as connection:
            row = connection.execute(select(ACCOUNT).where((ACCOUNT.c.name == given) | (ACCOUNT.c.id == given))).first()
        # The same work is done for a name that nobody has.
        right = passwords.matches(password, row.password if row else "")
        if row is None or not right or row.disabled:
            raise SignInError(
                "That name and password don't belong together.", code="accounts.refused", hint="Try again."
            )
        return account_of(row)

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

    def _insert(self, account: Account, password: str) -> None:
        def work(connection: Connection) -> None:
            if connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.name == account.name)).first():
                raise Conflict(f"There is an account {account.name!r} already.", code="accounts.exists")
            connection.execute(ACCOUNT.insert().values(**_row(account), password=password))

        self._store.write(work)

    def _change(self, account: Account, *, ends: bool = False) -> None:
        def work(connection: Connection) -> None:
            governed = _is_governed(connection)
            connection.execute(ACCOUNT.update().where(ACCOUNT.c.id == account.id).values(**_row(account)))
            if ends:
                connection.execute(SESSION.delete().where(SESSION.c.account == account.id))
                connection.execute(KEY.delete().where(KEY.c.account == account.id))
                connection.execute(PASSKEY.delete().where(PASSKEY.c.account == account.id))
            if governed and not _is_governed(connection):
                raise Conflict("No admin would be left.", code="accounts.last-admin", hint="Make another one first.")

        self._store.write(work)

    def _set_password(self, account: Account, password: str) -> None:
        kept = passwords.conceal(password, self._entropy(passwords.SALT_BYTES))

        def work(connection: Connection) -> None:
            connection.execute(
                ACCOUNT.update().where(ACCOUNT.c.id == account.id).values(**_row(account), password=kept)
            )
            connection.execute(SESSION.delete().where(SESSION.c.account == account.id))

        self._store.write(work)


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
