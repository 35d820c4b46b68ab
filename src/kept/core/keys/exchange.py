"""X25519 keys that others seal something to, each in a `file:` sealed like a key that signs."""

from pathlib import Path
from typing import Any

from kept.core.context import Entropy
from kept.core.keys import Keyhole
from kept.core.keys.pkcs8 import seal, unseal_private
from kept.core.keys.secret import read_private, write_private
from kept.errors import Conflict, Invalid

SEED_BYTES = 32


class ExchangeKey:
    """A private X25519 key (RFC 7748); never shows or pickles it."""

    __slots__ = ("_private",)

    def __init__(self, private: Any) -> None:
        self._private = private

    @classmethod
    def from_seed(cls, seed: bytes | bytearray) -> "ExchangeKey":
        """The key of 32 random bytes. Raises Invalid for another length."""
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        if len(seed) != SEED_BYTES:
            raise Invalid(f"The seed of a key has {SEED_BYTES} bytes, not {len(seed)}.", code="key.seed")
        return cls(X25519PrivateKey.from_private_bytes(seed))

    @property
    def private(self) -> Any:
        """The key, as `cryptography` holds it."""
        return self._private

    @property
    def public(self) -> bytes:
        """The raw public key, 32 bytes."""
        found: bytes = self._private.public_key().public_bytes_raw()
        return found

    @property
    def algorithm(self) -> str:
        """What a key file says that it holds."""
        return "x25519"

    @property
    def key_id(self) -> str:
        """The raw public key in hex."""
        return self.public.hex()

    def pkcs8(self) -> bytes:
        """The private key as unencrypted PKCS #8 DER, for whoever seals it; it must not reach a disk like this."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        plain: bytes = self._private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return plain

    def __repr__(self) -> str:
        return f"<x25519 key {self.key_id}>"

    def __reduce__(self) -> Any:
        raise TypeError("A key can't be copied or pickled.")


def open_exchange(uri: str, keyhole: Keyhole) -> ExchangeKey:
    """The key in the file of a URI `file:PATH`.

    Raises Invalid (another scheme, a damaged file, a key of another kind), NotFound or Denied (wrong passphrase, a file
    that others can read).
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    place = _place(uri, keyhole)
    private = unseal_private(read_private(place), keyhole.passphrase(), what=f"The key file {place}")
    if not isinstance(private, X25519PrivateKey):
        raise Invalid(f"{place} holds no X25519 key.", code="key.algorithm")
    return ExchangeKey(private)


def create_exchange(uri: str, keyhole: Keyhole, entropy: Entropy) -> ExchangeKey:
    """Make a key and write its file, mode 0600, whole or not at all. Raises Conflict if there is one."""
    place = _place(uri, keyhole)
    if place.exists():
        raise Conflict(f"{place} already exists; it is left as it was.", code="key.exists")
    made = ExchangeKey.from_seed(entropy(SEED_BYTES))
    write_private(place, seal(made, keyhole.passphrase(), entropy))
    return made


def _place(uri: str, keyhole: Keyhole) -> Path:
    scheme, _, path = uri.partition(":")
    if scheme != "file" or not path:
        raise Invalid("A key that others seal to is named file:PATH.", code="key.uri")
    return keyhole.base / path
