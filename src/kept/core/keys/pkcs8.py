"""Private keys as PKCS #8 PEM, sealed under a passphrase with scrypt and AES-256-CBC.

RFC 5958 (EncryptedPrivateKeyInfo), RFC 8018 (PBES2), RFC 7914 (scrypt); `openssl pkey` opens what is written here.
Written by hand because `cryptography` seals with 2,048 rounds of PBKDF2, which a passphrase chosen by a person needs
more than. The lines above BEGIN are explanatory text (RFC 7468, section 2) and say which key this is; the digest in
them tells a damaged file from a wrong passphrase.
"""

import base64
import hashlib
import re
import textwrap
from typing import Any, Protocol

from kept.core.context import Entropy
from kept.core.keys.software import SoftwareSigner
from kept.errors import Denied, Invalid

_COST, _BLOCK, _PARALLEL = 2**14, 8, 1
_MEMORY = 32 * 1024 * 1024
_BEGIN, _END = b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"-----END ENCRYPTED PRIVATE KEY-----"
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT = bytes.fromhex("06092b06010401da47040b")
_AES256_CBC = bytes.fromhex("060960864801650304012a")


class Exportable(Protocol):
    """A private key in memory, and what the lines above it say."""

    @property
    def key_id(self) -> str:
        """Lower-case hex SHA-256 of the SubjectPublicKeyInfo."""
        ...

    @property
    def algorithm(self) -> str:
        """The signature algorithm."""
        ...

    def pkcs8(self) -> bytes:
        """The private key as unencrypted PKCS #8 DER."""
        ...


def seal(signer: Exportable, passphrase: bytes, entropy: Entropy) -> bytes:
    """The signer's key as an encrypted PEM file. Raises Invalid for an empty passphrase."""
    _require(passphrase)
    salt, vector = entropy(16), entropy(16)
    secret = _derive(passphrase, salt)
    sealed = _encrypt(secret, vector, signer.pkcs8())
    derivation = _sequence(_SCRYPT, _sequence(_octets(salt), _number(_COST), _number(_BLOCK), _number(_PARALLEL)))
    scheme = _sequence(_PBES2, _sequence(derivation, _sequence(_AES256_CBC, _octets(vector))))
    der = _sequence(scheme, _octets(sealed))
    body = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64)).encode()
    header = f"Algorithm: {signer.algorithm}\nKey-Id: {signer.key_id}\nDigest: {_digest(der)}\n".encode()
    return header + _BEGIN + b"\n" + body + b"\n" + _END + b"\n"


def unseal(data: bytes, passphrase: bytes, *, what: str) -> SoftwareSigner:
    """The signer in an encrypted PEM file, ours or another's. Raises Denied (wrong passphrase) or Invalid (damaged)."""
    return SoftwareSigner(unseal_private(data, passphrase, what=what))


def unseal_private(data: bytes, passphrase: bytes, *, what: str) -> Any:
    """The private key in it, of whatever kind, as `cryptography` holds it. Raises as `unseal` does."""
    _require(passphrase)
    der = _body(data, what)
    stated = re.search(rb"^Digest: (\S+)$", data.partition(_BEGIN)[0], re.MULTILINE)
    if stated and stated[1].decode(errors="replace") != _digest(der):
        raise Invalid(f"{what} is damaged.", code="key.damaged", hint="Bring it back from its backup.")
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    try:
        return load_der_private_key(der, passphrase)
    except TypeError as error:
        raise Invalid(f"{what} is not encrypted.", code="key.unsealed") from error
    except UnsupportedAlgorithm as error:
        raise Invalid(f"{what} is sealed in an unknown way.", code="key.damaged") from error
    except ValueError as error:
        doubt = "" if stated else ", or the file is damaged"
        raise Denied(f"The passphrase does not open {what}{doubt}.", code="key.passphrase") from error


def read_plain(data: bytes, passphrase: bytes | None, *, what: str) -> SoftwareSigner:
    """The signer in a PEM text that need not be encrypted. Raises Invalid, or Denied for a wrong passphrase."""
    if _BEGIN in data:
        return unseal(data, passphrase or b"", what=what)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return SoftwareSigner(load_pem_private_key(data, None))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Invalid(f"{what} is not a private key in PEM.", code="key.damaged") from error


def _body(data: bytes, what: str) -> bytes:
    _, begin, rest = data.partition(_BEGIN)
    body, end, _ = rest.partition(_END)
    if not (begin and end):
        known = b"PRIVATE KEY-----" in data
        reason = "is not encrypted" if known and not begin else "is not an encrypted private key in PEM"
        raise Invalid(
            f"{what} {reason}.",
            code="key.unsealed" if known and not begin else "key.damaged",
            hint="Encrypt it: openssl pkcs8 -topk8 -scrypt -in OLD -out NEW" if known and not begin else "",
        )
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except ValueError as error:
        raise Invalid(f"{what} is damaged: its body is not base64.", code="key.damaged") from error


def _require(passphrase: bytes) -> None:
    if not passphrase:
        raise Invalid("The passphrase of a key is empty.", code="passphrase.empty")


def _derive(passphrase: bytes, salt: bytes) -> bytes:
    return hashlib.scrypt(passphrase, salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, maxmem=_MEMORY, dklen=32)


def _encrypt(secret: bytes, vector: bytes, plain: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    padding = 16 - len(plain) % 16
    encryptor: Any = Cipher(algorithms.AES(secret), modes.CBC(vector)).encryptor()
    sealed: bytes = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
    return sealed


def _digest(der: bytes) -> str:
    return "sha256:" + hashlib.sha256(der).hexdigest()


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, b"".join(parts))


def _octets(data: bytes) -> bytes:
    return _tagged(0x04, data)


def _number(value: int) -> bytes:
    return _tagged(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))
