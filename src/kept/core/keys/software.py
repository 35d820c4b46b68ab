"""A signer whose private key is in this process's memory, and the keys that it can be made from."""

from typing import Any

from kept.core.keys.public import Algorithm, PublicKey
from kept.errors import Invalid

SEED_BYTES = 32


class SoftwareSigner:
    """Signs with an Ed25519 or ML-DSA-65 private key that `cryptography` holds; never shows, copies or pickles it."""

    __slots__ = ("_key", "_private")

    def __init__(self, private: Any) -> None:
        self._private = private
        self._key = PublicKey(_algorithm(private), private.public_key().public_bytes_raw())

    @classmethod
    def from_seed(cls, seed: bytes, algorithm: Algorithm = "ed25519") -> "SoftwareSigner":
        """The signer of a 32-byte seed (RFC 8032, section 5.1.5; FIPS 204, algorithm 1). Raises Invalid otherwise."""
        if len(seed) != SEED_BYTES:
            raise Invalid(f"The seed of a key has {SEED_BYTES} bytes, not {len(seed)}.", code="key.seed")
        if algorithm == "ed25519":
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

            return cls(Ed25519PrivateKey.from_private_bytes(seed))
        if algorithm == "ml-dsa-65":
            from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

            return cls(MLDSA65PrivateKey.from_seed_bytes(seed))
        raise Invalid(f"{algorithm!r} is not a signature algorithm.", code="key.algorithm")

    @property
    def key_id(self) -> str:
        """Lower-case hex SHA-256 of the SubjectPublicKeyInfo."""
        return self._key.key_id

    @property
    def algorithm(self) -> Algorithm:
        """The signature algorithm."""
        return self._key.algorithm

    @property
    def public(self) -> bytes:
        """The raw public key."""
        return self._key.public

    def sign(self, message: bytes) -> bytes:
        """The raw signature over the message."""
        signature: bytes = self._private.sign(message)
        return signature

    def pkcs8(self) -> bytes:
        """The private key as unencrypted PKCS #8 DER, for whoever seals it; it must not reach a disk like this."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        plain: bytes = self._private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return plain

    def __repr__(self) -> str:
        return f"<{self.algorithm} signer {self.key_id}>"

    def __reduce__(self) -> Any:
        raise TypeError("A signer can't be copied or pickled: it holds a private key.")


def _algorithm(private: Any) -> Algorithm:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

    if isinstance(private, Ed25519PrivateKey):
        return "ed25519"
    if isinstance(private, MLDSA65PrivateKey):
        return "ml-dsa-65"
    raise Invalid(
        f"A key of the kind {type(private).__name__} can't sign statements.",
        code="key.algorithm",
        hint="Use Ed25519 or ML-DSA-65.",
    )
