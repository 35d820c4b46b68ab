"""Whom an organisation's own sign-in vouches for."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import select

from kept.core.accounts.people import People
from kept.core.accounts.records import Account, SignInError, checked_display, checked_name
from kept.core.accounts.tables import IDENTITY
from kept.errors import Conflict, Invalid


class Identities(People):
    """The verbs about people known by an organisation's sign-in."""

    def vouched(self, issuer: str, subject: str, *, name: str, display: str, roles: Sequence[str]) -> Account:
        """The account of whom `issuer` calls `subject`, made at the first sign-in; its roles are those told now.

        It is never an account that somebody else's name led to: where `name` is taken, it gets another one. Raises
        SignInError for a disabled account.
        """
        digest = hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()
        with self._store.read() as connection:
            known = connection.execute(select(IDENTITY.c.account).where(IDENTITY.c.digest == digest)).scalar()
        if known is None:
            account = self._welcomed(digest, name, display, roles)
            row = {"digest": digest, "account": account.id}
            self._store.write(lambda connection: connection.execute(IDENTITY.insert().values(**row)))
            return account
        account = self.account(known)
        if account.disabled:
            raise SignInError("This account is disabled.", code="accounts.organisation", hint="Ask an admin.")
        return account if set(account.roles) == set(roles) else self.set_roles(account.id, roles)

    def _welcomed(self, digest: str, name: str, display: str, roles: Sequence[str]) -> Account:
        other = f"o-{digest[:12]}"
        try:
            named = checked_name(name)
        except Invalid:
            named = other
        try:
            shown = checked_display(display or named)
        except Invalid:
            shown = named
        try:
            return self.invite(named, display=shown, roles=roles)
        except Conflict:
            return self.invite(other, display=shown, roles=roles)
