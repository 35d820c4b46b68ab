"""Keys that encrypt other keys: one Protocol, a dictionary from URI scheme to driver, one driver per file.

A driver is a module with two functions, `open_wrapper` and `create`, of the shape of the two below without the scheme's
choice. A context is a few texts that say what a wrapped key is for; the same texts are needed to unwrap it.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from kept.core import canonical
from kept.core.context import Entropy
from kept.core.reference import load
from kept.errors import Invalid

KEY_BYTES = 32
WRAPPED_LIMIT = 8 * 1024
"""The most bytes that a wrapped key may have, whichever service wrapped it."""
_TEXTS, _TEXT_LIMIT = 8, 256

Context = Mapping[str, str]

SCHEMES: dict[str, str] = {
    "file": "kept.core.keys.wrapping.file",
    "pkcs11": "kept.core.keys.wrapping.pkcs11",
    "awskms": "kept.core.keys.wrapping.awskms",
    "vault": "kept.core.keys.wrapping.vault",
}


class Wrapper(Protocol):
    """A key-encryption key that wraps and unwraps keys of 32 bytes; its `repr` shows its id alone."""

    @property
    def key_id(self) -> str:
        """What a wrapped key's keeper notes beside it, to know what unwraps it: at most 64 characters, no address."""
        ...

    def wrap(self, key: bytes | bytearray, context: Context) -> bytes:
        """The key, encrypted and bound to the context. Raises Invalid or Unavailable."""
        ...

    def unwrap(self, wrapped: bytes, context: Context) -> bytearray:
        """The key, for the caller to wipe.

        Raises Unverified when the bytes, the context or the wrapping key is another, and Unavailable when the service
        can't be reached.
        """
        ...

    def destroy(self) -> None:
        """Destroy the wrapping key, and with it everything that it wraps. Raises Denied or Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Reach:
    """What a driver needs: the folder that paths start from, the passphrase, the environment, randomness."""

    base: Path
    passphrase: Callable[[], bytes] = field(repr=False)
    entropy: Entropy = field(repr=False)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)


def open_wrapper(uri: str, reach: Reach) -> Wrapper:
    """The wrapping key that a URI names, such as `file:PATH`.

    Raises Invalid (unknown scheme, malformed URI, damaged key), NotFound (no such key), Denied (wrong passphrase or
    PIN, no permission, a file that others can read) or Unavailable (a package, a module or a service is missing).
    """
    scheme, rest = _split(uri)
    wrapper: Wrapper = load(f"{SCHEMES[scheme]}:open_wrapper")(rest, reach)
    return wrapper


def create(uri: str, reach: Reach) -> Wrapper:
    """Make a new wrapping key where the URI says, and open it. Raises Conflict when there is one, else as opening."""
    scheme, rest = _split(uri)
    wrapper: Wrapper = load(f"{SCHEMES[scheme]}:create")(rest, reach)
    return wrapper


def bound(context: Context) -> bytes:
    """The context as the bytes that a wrapped key is bound to. Raises Invalid for one with too much in it."""
    texts = [text for pair in context.items() for text in pair]
    if not 1 <= len(context) <= _TEXTS or any(not 1 <= len(text) <= _TEXT_LIMIT for text in texts):
        raise Invalid(
            f"A context of a wrapped key has 1 to {_TEXTS} texts of 1 to {_TEXT_LIMIT} characters.", code="wrap.context"
        )
    return b"kept/wrapped/v1\x00" + canonical.encode(dict(context))


def check_key(key: bytes | bytearray) -> None:
    """Raises Invalid for a key that is not of 32 bytes."""
    if len(key) != KEY_BYTES:
        raise Invalid(f"Keys of {KEY_BYTES} bytes are wrapped, not of {len(key)}.", code="wrap.length")


def _split(uri: str) -> tuple[str, str]:
    scheme, separator, rest = uri.partition(":")
    if not separator or scheme not in SCHEMES or not rest:
        # Only the scheme is repeated: people paste secrets where a URI belongs.
        shown = scheme[:16] if separator and scheme.isalnum() else ""
        raise Invalid(
            f"A wrapping key's URI of the scheme {shown!r} is unknown or names nothing.",
            code="wrap.uri",
            hint=f"Use one of {', '.join(name + ':' for name in SCHEMES)}.",
        )
    return scheme, rest
