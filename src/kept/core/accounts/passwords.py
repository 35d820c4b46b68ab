"""Passwords, kept as scrypt (RFC 7914) makes them: who takes the store has 128 MiB of work for each guess."""

import base64
import hmac
import threading
import unicodedata
from collections.abc import Callable

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from kept.core.words import WORDS
from kept.errors import Invalid

# OWASP's password storage cheat sheet, 2025: N=2^17, r=8, p=1.
COST, BLOCK, LANES = 2**17, 8, 1
SALT_BYTES, LENGTH = 16, 32
SHORTEST, LONGEST = 12, 256
_VARIED = 5
_ONE_TIME_WORDS = 5
# Each takes 128 MiB, so that a flood of guesses must wait rather than fill the memory.
_AT_ONCE = threading.BoundedSemaphore(2)


def conceal(password: str, salt: bytes) -> str:
    """What is kept of a password: "scrypt$<N>$<salt>$<digest>", the last two in base64."""
    digest = _derived(password, salt, cost=COST)
    return f"scrypt${COST}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def matches(password: str, kept: str) -> bool:
    """Whether `kept` is of this password; it takes as long where nothing is kept as where something is."""
    _, cost, salt, digest = kept.split("$") if kept else ("", "", "", "")
    derived = _derived(password, base64.b64decode(salt) or bytes(SALT_BYTES), cost=int(cost or COST))
    return bool(digest) and hmac.compare_digest(derived, base64.b64decode(digest))


def check_fit(password: str, *, name: str) -> None:
    """Raises Invalid for a password that is too short, too long, or guessed at once."""
    plain = unicodedata.normalize("NFKC", password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise Invalid(
            f"A password has {SHORTEST} to {LONGEST} characters.", code="accounts.password", hint="Use a few words."
        )
    if len(set(plain)) < _VARIED or len(plain.lower().replace(name, "")) < _VARIED:
        raise Invalid("That password would be guessed at once.", code="accounts.password", hint="Use a few words.")


def one_time(entropy: Callable[[int], bytes]) -> str:
    """A random password of five words and a number, of 51 bits, that is to be changed at the first sign-in."""
    words = "-".join(WORDS[byte % len(WORDS)] for byte in entropy(_ONE_TIME_WORDS))
    return f"{words}-{int.from_bytes(entropy(2)):05d}"


def _derived(password: str, salt: bytes, *, cost: int) -> bytes:
    plain = unicodedata.normalize("NFKC", password[: LONGEST + 1]).encode("utf-8", "surrogatepass")
    with _AT_ONCE:
        return Scrypt(salt=salt, length=LENGTH, n=cost, r=BLOCK, p=LANES).derive(plain)
