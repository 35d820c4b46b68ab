"""Public keys, how they are handed over as PEM, and what it takes to check a signature with one."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from typing import Literal, get_args

from kept.errors import Invalid, Unverified

Algorithm = Literal["ed25519", "ml-dsa-65"]
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)

# DER of SubjectPublicKeyInfo up to the raw key (RFC 8410, section 4; RFC 9881, section 4).
_PREFIXES: dict[Algorithm, bytes] = {
    "ed25519": bytes.fromhex("302a300506032b6570032100"),
    "ml-dsa-65": bytes.fromhex("308207b2300b0609608648016503040312038207a100"),
}
PEM_LIMIT = 64 * 1024
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]*)-----END PUBLIC KEY-----")
_LENGTHS: dict[Algorithm, int] = {"ed25519": 32, "ml-dsa-65": 1952}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A raw public key: 32 bytes of Ed25519 (RFC 8032) or 1,952 of ML-DSA-65 (FIPS 204, pure, empty context).

    `key_id` is the lower-case hex SHA-256 of the key's SubjectPublicKeyInfo in DER.
    """

    algorithm: Algorithm
    public: bytes = field(repr=False)
    key_id: str = field(init=False)

    def __post_init__(self) -> None:
        if self.algorithm not in ALGORITHMS:
            known = ", ".join(ALGORITHMS)
            raise Invalid(
                f"{self.algorithm!r} is not a signature algorithm.", code="key.algorithm", hint=f"Use {known}."
            )
        if len(self.public) != _LENGTHS[self.algorithm]:
            raise Invalid(
                f"A public {self.algorithm} key has {_LENGTHS[self.algorithm]} bytes, not {len(self.public)}.",
                code="key.length",
            )
        object.__setattr__(self, "key_id", hashlib.sha256(self.spki()).hexdigest())

    def spki(self) -> bytes:
        """The key as SubjectPublicKeyInfo in DER."""
        return _PREFIXES[self.algorithm] + self.public

    def to_pem(self) -> str:
        """The key as a PEM text ("PUBLIC KEY", RFC 7468), for handing it to others."""
        text = base64.b64encode(self.spki()).decode()
        lines = [text[at : at + 64] for at in range(0, len(text), 64)]
        return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])

    def verify(self, signature: bytes, message: bytes) -> None:
        """Check a signature of this key over the message. Raises Unverified when it does not hold."""
        from cryptography.exceptions import InvalidSignature

        try:
            if self.algorithm == "ed25519":
                from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

                Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
            else:
                from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey

                MLDSA65PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError) as error:
            raise Unverified(f"The signature by the key {self.key_id} does not hold.", code="signature.bad") from error


def read_pem(data: bytes) -> tuple[PublicKey, ...]:
    """The public keys in at most 64 KiB of PEM, at least one. Raises Invalid for anything else between or in them."""
    if len(data) > PEM_LIMIT:
        raise _no_pem(f"it has {len(data)} bytes; at most {PEM_LIMIT} are read")
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise _no_pem(f"byte {error.start} is not ASCII") from error
    if _PEM.sub("", text).strip():
        raise _no_pem("it holds something else than public keys")
    found = tuple(_from_spki(match) for match in _PEM.findall(text))
    if not found:
        raise _no_pem("it holds no public key")
    return found


def _from_spki(text: str) -> PublicKey:
    try:
        der = base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise _no_pem("its base64 is broken") from error
    for algorithm, prefix in _PREFIXES.items():
        if der.startswith(prefix):
            return PublicKey(algorithm, der.removeprefix(prefix))
    raise _no_pem(f"a key is of none of the algorithms {', '.join(ALGORITHMS)}")


def _no_pem(why: str) -> Invalid:
    return Invalid(
        f"This is no file of public keys: {why}.",
        code="key.pem",
        hint='Ask for the text that begins with "-----BEGIN PUBLIC KEY-----": kept ledger key export',
    )
