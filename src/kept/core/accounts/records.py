"""What is known of the people who sign in."""

import re
from dataclasses import dataclass, field
from datetime import timedelta

from kept.core.actor import Actor
from kept.errors import Denied, Invalid

PSEUDONYM = re.compile(r"p-[0-9a-f]{16}")
# What a person may be told by; a key of the workspace has the others, and no account may pass for one.
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_ROLE = re.compile(r"[a-z][a-z-]{0,31}")
_OF_KEYS = frozenset({"provider", "root"})
_DISPLAY = 80


class SignInError(Denied):
    """Nobody has signed in, or not with what is asked for: 401 rather than 403."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in. `id` is a pseudonym; `must_change` lets them do nothing but choose a password."""

    id: str
    name: str
    display: str
    roles: tuple[str, ...]
    must_change: bool = False
    disabled: bool = False
    made: int = 0

    @property
    def actor(self) -> Actor:
        """Who acts, as a statement names them."""
        return Actor(id=self.id, kind="person", roles=frozenset(self.roles))


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key by which a program acts for an account until `until`, in seconds since 1970; 0 is without end."""

    id: str
    account: str
    label: str
    made: int
    until: int


@dataclass(frozen=True, slots=True)
class Entered:
    """Who a session or a key let in, and the secret that forms of that session are bound to, empty for a key.

    `is_unnoted` says that it is some time since it was written down that the session is used.
    """

    account: Account
    binding: bytes = field(repr=False)
    is_unnoted: bool = False


@dataclass(frozen=True, slots=True)
class Spans:
    """How long a session lasts: while it is used, and at most."""

    idle: timedelta = timedelta(hours=1)
    whole: timedelta = timedelta(hours=12)


def checked_name(name: str) -> str:
    """A name to sign in by, in small letters. Raises Invalid."""
    found = name.strip().lower()
    if not _NAME.fullmatch(found) or PSEUDONYM.fullmatch(found):
        raise Invalid(
            f"{name[:80]!r} can't be a name to sign in by.",
            code="accounts.name",
            hint="Use 1 to 64 of a-z, 0-9 and . _ @ + -, as an address of mail has them.",
        )
    return found


def checked_display(display: str) -> str:
    """A name to be shown. Raises Invalid."""
    found = display.strip()
    if not 0 < len(found) <= _DISPLAY or not found.isprintable():
        raise Invalid(
            f"A name that is shown has 1 to {_DISPLAY} characters, on one line.",
            code="accounts.display",
            hint="Shorten it.",
        )
    return found


def checked_roles(roles: tuple[str, ...]) -> tuple[str, ...]:
    """The roles, sorted, each once. Raises Invalid for one that can't be a person's."""
    for role in roles:
        if role in _OF_KEYS or not _ROLE.fullmatch(role):
            raise Invalid(
                f"{role[:40]!r} can't be the role of an account.",
                code="accounts.role",
                hint="Roles are words such as triage, reward, publish, share or admin; provider and root are of keys.",
            )
    return tuple(sorted(set(roles)))
