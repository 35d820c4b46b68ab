"""Keys that sign: one Protocol, a dictionary from URI scheme to driver, one driver per file.

A driver is a module with two functions, `open_signer` and `create`, of the shape of the two below without the scheme's
choice. `secret.py` keeps the passphrase outside the workspace; `software.py` signs with key bytes in memory.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kept.core.context import Entropy
from kept.core.keys.public import ALGORITHMS, PEM_LIMIT, Algorithm, PublicKey, read_pem
from kept.core.reference import load
from kept.errors import Invalid

__all__ = [
    "ALGORITHMS",
    "PEM_LIMIT",
    "SCHEMES",
    "Algorithm",
    "Keyhole",
    "PublicKey",
    "Signer",
    "create",
    "open_signer",
    "public_key",
    "read_pem",
]

SCHEMES: dict[str, str] = {
    "file": "kept.core.keys.file",
    "env": "kept.core.keys.env",
    "pkcs11": "kept.core.keys.pkcs11",
}


class Signer(Protocol):
    """A private key that signs and does nothing else; its `repr` shows the key id alone."""

    @property
    def key_id(self) -> str:
        """Lower-case hex SHA-256 of the SubjectPublicKeyInfo."""
        ...

    @property
    def algorithm(self) -> Algorithm:
        """The signature algorithm."""
        ...

    @property
    def public(self) -> bytes:
        """The raw public key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The raw signature over the message. Raises Unavailable when the key is out of reach."""
        ...


@dataclass(frozen=True, slots=True)
class Keyhole:
    """What a driver needs to reach a key: the folder that paths start from, the passphrase, the environment."""

    base: Path
    passphrase: Callable[[], bytes]
    environ: Mapping[str, str]


def open_signer(
    uri: str, *, base: Path, passphrase: Callable[[], bytes], environ: Mapping[str, str] | None = None
) -> Signer:
    """The signer that a key URI names: `file:PATH`, `env:NAME` or `pkcs11:token=T;object=O;module=PATH`.

    `passphrase` is called only by a driver that needs it. Raises Invalid (unknown scheme, malformed URI, damaged key),
    NotFound (no such key), Denied (wrong passphrase or PIN, a key file that others can read) or Unavailable.
    """
    scheme, rest = _split(uri)
    keyhole = Keyhole(base, passphrase, os.environ if environ is None else environ)
    signer: Signer = load(f"{SCHEMES[scheme]}:open_signer")(rest, keyhole)
    return signer


def create(
    uri: str,
    *,
    base: Path,
    passphrase: Callable[[], bytes],
    entropy: Entropy,
    algorithm: Algorithm = "ed25519",
    environ: Mapping[str, str] | None = None,
) -> Signer:
    """Make a new key where the URI says and open it. Raises Conflict when there is one, and whatever opening raises."""
    scheme, rest = _split(uri)
    keyhole = Keyhole(base, passphrase, os.environ if environ is None else environ)
    signer: Signer = load(f"{SCHEMES[scheme]}:create")(rest, keyhole, algorithm=algorithm, entropy=entropy)
    return signer


def public_key(signer: Signer) -> PublicKey:
    """The public half of a signer."""
    return PublicKey(signer.algorithm, signer.public)


def _split(uri: str) -> tuple[str, str]:
    scheme, separator, rest = uri.partition(":")
    if not separator or scheme not in SCHEMES or not rest:
        # Only the scheme is repeated: people paste secrets where a URI belongs.
        shown = scheme[:16] if separator and scheme.isalnum() else ""
        raise Invalid(
            f"A key URI of the scheme {shown!r} is unknown or names nothing.",
            code="key.uri",
            hint=f"Use one of {', '.join(name + ':' for name in SCHEMES)}.",
        )
    return scheme, rest
