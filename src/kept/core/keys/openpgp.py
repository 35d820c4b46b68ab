"""OpenPGP keys (RFC 9580, packets of version 4) that sign documents, each in a file sealed under the passphrase.

The mathematics and the formats are Sequoia's, by pysequoia, installed with `kept[openpgp]`; so is the randomness of a
new key. A key file is an OpenPGP message that holds the secret key and takes the passphrase (`gpg -d` opens it). The
lines above it say which key this is; the digest in them tells a damaged file from a wrong passphrase, as in `pkcs8.py`.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

from kept.core.keys import Keyhole
from kept.core.keys.secret import read_private, write_private
from kept.errors import Conflict, Denied, Invalid, Unavailable, Unverified

USER_ID_LIMIT = 256
_BEGIN = b"-----BEGIN PGP MESSAGE-----"


class OpenPgpKey:
    """A private OpenPGP key; never shows or pickles it."""

    __slots__ = ("_secret",)

    def __init__(self, secret: Any) -> None:
        self._secret = secret

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the primary key: 40 hex digits, upper case."""
        return str(self._secret.extract_certificate().fingerprint).upper()

    @property
    def certificate(self) -> str:
        """The public half with its user id, ASCII-armored."""
        return str(self._secret.extract_certificate())

    def sign(self, message: bytes) -> bytes:
        """A detached signature over the message, ASCII-armored."""
        openpgp = _openpgp()
        signature = openpgp.sign(self._secret.signer(), message, mode=openpgp.SignatureMode.DETACHED)
        return bytes(signature)

    def revoked(self) -> str:
        """The certificate with the key's own word that it counts no more, ASCII-armored."""
        openpgp = _openpgp()
        certificate = self._secret.extract_certificate()
        word = certificate.revoke(self._secret.certifier())
        return str(openpgp.Cert.from_bytes(bytes(certificate) + bytes(word)))

    def __repr__(self) -> str:
        return f"<OpenPGP key {self.fingerprint}>"

    def __reduce__(self) -> Any:
        raise TypeError("A key can't be copied or pickled.")


def open_openpgp(uri: str, keyhole: Keyhole) -> OpenPgpKey:
    """The key in the file of a URI `file:PATH`.

    Raises Invalid (another scheme, a damaged file), NotFound, Denied (wrong passphrase, a file that others can read) or
    Unavailable without pysequoia.
    """
    openpgp = _openpgp()
    place = _place(uri, keyhole)
    data = read_private(place)
    head, begin, body = data.partition(_BEGIN)
    stated = re.search(rb"^Digest: (\S+)$", head, re.MULTILINE)
    if not begin or stated is None or stated[1].decode(errors="replace") != _digest(begin + body):
        raise Invalid(f"The key file {place} is damaged.", code="key.damaged", hint="Bring it back from its backup.")
    try:
        # Its errors are chains with a trace, of no use to a reader.
        opened = openpgp.decrypt(begin + body, passwords=[_passphrase(keyhole)])
    except RuntimeError:
        raise Denied(f"The passphrase does not open the key file {place}.", code="key.passphrase") from None
    try:
        return OpenPgpKey(openpgp.Tsk.from_bytes(opened.bytes))
    except RuntimeError:
        raise Invalid(f"{place} holds no OpenPGP key.", code="key.algorithm") from None


def create_openpgp(folder: str, keyhole: Keyhole, *, user_id: str) -> tuple[str, OpenPgpKey]:
    """Make a key (Ed25519) that doesn't expire, and its file in a folder, mode 0600; the file's URI, and the key.

    Raises Invalid for a user id that isn't one line of at most 256 characters, Conflict, or Unavailable.
    """
    if not user_id.strip() or len(user_id) > USER_ID_LIMIT or not user_id.isprintable():
        raise Invalid(f"A user id is one line of at most {USER_ID_LIMIT} characters.", code="key.user-id")
    openpgp = _openpgp()
    # Version 4, which every program that fetches advisories can read today.
    secret = openpgp.Tsk.generate(
        user_ids=[user_id.strip()], profile=openpgp.Profile.RFC4880, cipher_suite=openpgp.CipherSuite.Cv25519
    )
    made = OpenPgpKey(secret)
    sealed = bytes(openpgp.encrypt(bytes(secret), passwords=[_passphrase(keyhole)]))
    uri = f"file:{folder}/openpgp-{made.fingerprint[-16:].lower()}.asc"
    place = _place(uri, keyhole)
    if place.exists():
        raise Conflict(f"{place} already exists; it is left as it was.", code="key.exists")
    head = f"Algorithm: openpgp\nKey-Id: {made.fingerprint}\nDigest: {_digest(sealed)}\n".encode()
    write_private(place, head + sealed)
    return uri, made


def check_signature(message: bytes, signature: bytes, certificate: str) -> None:
    """Raises Unverified unless the detached signature over the message is by the key of the certificate."""
    openpgp = _openpgp()
    try:
        key = openpgp.Cert.from_bytes(certificate.encode())
        openpgp.verify(bytes=message, store=lambda _: [key], signature=openpgp.Sig.from_bytes(signature))
    except RuntimeError:
        raise Unverified("The OpenPGP signature doesn't hold.", code="openpgp.signature") from None


def _openpgp() -> Any:
    """The package that OpenPGP needs. Raises Unavailable where it is missing."""
    try:
        import pysequoia
    except ImportError as error:
        raise Unavailable(
            "OpenPGP needs a package that is not installed.",
            code="openpgp.missing",
            hint="pip install 'kept[openpgp]'",
        ) from error
    return pysequoia


def _passphrase(keyhole: Keyhole) -> str:
    found = keyhole.passphrase()
    if not found:
        raise Invalid("The passphrase of a key is empty.", code="passphrase.empty")
    try:
        return found.decode()
    except UnicodeDecodeError:
        # The cause is dropped on purpose: it would hold the passphrase.
        raise Invalid("A passphrase for OpenPGP is a text in UTF-8.", code="passphrase.text") from None


def _place(uri: str, keyhole: Keyhole) -> Path:
    scheme, _, path = uri.partition(":")
    if scheme != "file" or not path:
        raise Invalid("An OpenPGP key is named file:PATH.", code="key.uri")
    return keyhole.base / path


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
