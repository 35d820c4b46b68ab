"""Whom an organisation's own sign-in vouches for."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, select

from kept.core.accounts.base import found
from kept.core.accounts.people import People, change, insert
from kept.core.accounts.records import Account, SignInError, checked_display, checked_name, checked_roles
from kept.core.accounts.tables import ACCOUNT, IDENTITY
from kept.errors import Invalid


class Identities(People):
    """The verbs about people known by an organisation's sign-in."""

    def vouched(self, issuer: str, subject: str, *, name: str, display: str, roles: Sequence[str]) -> Account:
        """The account of whom `issuer` calls `subject`, made at the first sign-in; its roles are those told now.

        It is never an account that somebody else's name led to: where `name` is taken, it gets another one. Raises
        SignInError for a disabled account.
        """
        digest = hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()
        given = checked_roles(tuple(roles))

        def work(connection: Connection) -> Account:
            known = connection.execute(select(IDENTITY.c.account).where(IDENTITY.c.digest == digest)).scalar()
            if known is None:
                account = self._welcomed(connection, digest, name, display, given)
                connection.execute(IDENTITY.insert().values(digest=digest, account=account.id))
                return account
            account = found(connection, known)
            if account.disabled:
                raise SignInError("This account is disabled.", code="accounts.organisation", hint="Ask an admin.")
            return account if account.roles == given else change(connection, account.id, roles=" ".join(given))

        return self._store.write(work)

    def _welcomed(self, connection: Connection, digest: str, name: str, display: str, roles: Sequence[str]) -> Account:
        other = f"o-{digest[:12]}"
        try:
            named = checked_name(name)
        except Invalid:
            named = other
        try:
            shown = checked_display(display or named)
        except Invalid:
            shown = named
        if connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.name == named)).first():
            named = other
        account = self._new(named, shown, roles, must_change=False)
        insert(connection, account, "")
        return account
