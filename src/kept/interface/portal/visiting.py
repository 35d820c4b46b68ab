"""Who visits: nobody, a person who signed in, or a program by a person's key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kept.core.accounts.records import SignInError
from kept.core.actor import Actor
from kept.errors import Denied, Unavailable
from kept.interface.pages import language
from kept.interface.portal.words import LANGUAGES

if TYPE_CHECKING:
    from fastapi import Request

PLACE = "kept.visitor"
"""Where the surface puts whoever visits, in the scope of a request."""
SETTLED = "kept.settled"
"""Where a page says, in the scope of its request, that it may be shown again while nothing changes."""
MUST_CHANGE = "accounts.must-change"
"""The code of whoever has to choose a password first."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever sent a request; `account` is a pseudonym, and empty for nobody.

    `by_key` says that a program acts, which no foreign page can make a browser do. `must_change` is a person who may do
    nothing but choose a password: then there is no `actor`.
    """

    account: str = ""
    name: str = ""
    actor: Actor | None = None
    language: str = "en"
    by_key: bool = False
    must_change: bool = False
    token: Callable[[], str] = field(default=str, repr=False)

    @property
    def csrf(self) -> str:
        """What a form must carry in its field `csrf`; bound to the session, or for nobody to a cookie set now."""
        return self.token()

    def has(self, *roles: str) -> bool:
        """Whether they act in one of these roles."""
        return self.actor is not None and not self.actor.roles.isdisjoint(roles)


def visitor(request: Request) -> Visitor:
    """Whoever sent the request. Raises Unavailable where no portal stands before the room."""
    found = request.scope.get(PLACE)
    if isinstance(found, Visitor):
        return found
    raise Unavailable("Nobody can sign in here.", code="portal.absent", hint="Serve the room by kept serve.")


def asked_language(request: Request) -> str:
    """The language to answer a request in."""
    return language(request, tuple(LANGUAGES))


def signed_in(request: Request, *roles: str) -> Actor:
    """Who acts, in one of these roles, or in any where none is named.

    Raises SignInError where nobody has signed in (401, and a page goes to the sign-in), Denied without the role (403).
    """
    found = visitor(request)
    if found.must_change:
        raise SignInError("Choose a password first.", code=MUST_CHANGE, hint="Sign in on the web.")
    if found.actor is None:
        raise SignInError("Nobody has signed in.", code="accounts.nobody", hint="Sign in, or send a key that counts.")
    if roles and not found.has(*roles):
        raise Denied(
            "Your account may not do this.", code="accounts.role", hint=f"It takes the role {' or '.join(roles)}."
        )
    return found.actor
