"""Invitations of outsiders: what a scope may say, and tokens of which only a salted digest is kept."""

import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

from kept.errors import Denied, Invalid
from kept.practices.red_team.methods.probes import DOMAINS
from kept.practices.red_team.records import Scope

SECRET_BYTES = 32
SALT_BYTES = 16
MOST_NAMES = 64
MOST_REQUESTS = 1_000_000
MOST_TOKENS = 1_000_000_000
TIME = "%Y-%m-%dT%H:%M:%SZ"
_TOKEN = re.compile(r"kept-(i-[0-9a-f]{16})-([0-9a-f]{64})")
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_TOOL = re.compile(r"[A-Za-z0-9_-]{1,64}")


def make_token(invitation: str, secret: bytes) -> str:
    """The token of an invitation: its id and 32 secret bytes."""
    return f"kept-{invitation}-{secret.hex()}"


def split_token(token: str) -> tuple[str, bytes]:
    """The invitation's id and the secret of a token. Raises Denied."""
    found = _TOKEN.fullmatch(token.strip()) if len(token) <= 256 else None
    if found is None:
        raise not_valid()
    return found[1], bytes.fromhex(found[2])


def token_digest(salt: bytes, secret: bytes) -> bytes:
    """What is kept of a token: SHA-256(salt ‖ secret). The secret has 256 bits, so nothing slower is needed."""
    return sha256(salt + secret).digest()


def check_token(secret: bytes, *, salt: bytes, digest: bytes) -> None:
    """Check a secret in constant time. Raises Denied."""
    if not hmac.compare_digest(token_digest(salt, secret), digest):
        raise not_valid()


def not_valid() -> Denied:
    """The one answer to every wrong token, so that nobody learns which invitations exist."""
    return Denied("This token is not valid.", code="external.token", hint="Ask whoever invited you for a new one.")


def check_scope(scope: Scope, *, now: datetime) -> None:
    """Raises Invalid for a scope that allows nothing, too much, or what this room doesn't know."""
    _check_names(scope.models, "models", least=1)
    _check_names(scope.domains, "domains", least=1)
    _check_names(scope.strategies, "strategies", pattern=_NAME)
    _check_names(scope.tools, "tools", pattern=_TOOL)
    unknown = sorted(set(scope.domains) - set(DOMAINS))
    if unknown:
        raise _wrong(f"there is no domain {unknown[0][:64]!r}; there are {', '.join(DOMAINS)}")
    if not 1 <= scope.requests <= MOST_REQUESTS:
        raise _wrong(f"the budget is not of 1 to {MOST_REQUESTS} requests")
    if not 1 <= scope.tokens <= MOST_TOKENS:
        raise _wrong(f"the budget is not of 1 to {MOST_TOKENS} tokens")
    if moment(scope.expires) <= now:
        raise _wrong(f"{scope.expires} is past already")


def moment(time: str) -> datetime:
    """The moment that a time such as "2026-11-22T07:30:00Z" names. Raises Invalid."""
    try:
        return datetime.strptime(time, TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise _wrong(f"{time[:64]!r} is no time such as 2026-11-22T07:30:00Z") from error


def check_strategy(scope: Scope, strategy: str) -> None:
    """Raises Denied for a strategy outside the scope, and Invalid for one that is no name."""
    if not _NAME.fullmatch(strategy):
        raise Invalid(f"{strategy[:64]!r} is no name of a strategy.", code="external.strategy")
    if scope.strategies and strategy not in scope.strategies:
        raise outside(f"the strategy {strategy!r}", scope.strategies)


def outside(what: str, allowed: Sequence[str]) -> Denied:
    """What an invitation doesn't allow, and what it does."""
    return Denied(
        f"The invitation doesn't allow {what}.",
        code="external.scope",
        hint=f"It allows {', '.join(allowed) or 'none'}.",
    )


def _check_names(names: Sequence[str], what: str, *, least: int = 0, pattern: re.Pattern[str] | None = None) -> None:
    if not least <= len(names) <= MOST_NAMES or len(set(names)) != len(names):
        raise _wrong(f"{what} are not {least} to {MOST_NAMES} different names")
    for name in names:
        fits = pattern.fullmatch(name) if pattern else 0 < len(name) <= 1024 and name.isprintable()
        if not fits:
            raise _wrong(f"{name[:64]!r} is none of the {what} that there can be")


def _wrong(what: str) -> Invalid:
    return Invalid(f"The scope of the invitation is wrong: {what}.", code="external.scope")
