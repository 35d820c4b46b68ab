"""Encrypts and decrypts as age does, by pyrage; what it needs is installed with `kept[disclosure]`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kept.errors import Denied, Invalid, Unavailable

IDENTITY = "AGE-SECRET-KEY-1"
_PASSPHRASED = b"age-encryption.org/v1\n-> scrypt "


def encrypt(data: bytes, recipients: Sequence[str]) -> bytes:
    """`data` for everybody who holds one of the recipients ("age1…"). Raises Invalid for one that is none."""
    age = _age()
    sealed: bytes = age.encrypt(data, [_recipient(each) for each in recipients])
    return sealed


def decrypt(data: bytes, identities: Sequence[str]) -> bytes:
    """What was encrypted to one of the identities. Raises Denied where it was to none, Invalid where it is broken."""
    age = _age()
    keys = [_identity(each) for each in identities]
    try:
        opened: bytes = age.decrypt(data, keys)
    except age.DecryptError as error:
        if "No matching keys" in str(error):
            raise Denied(
                "None of these identities opens it.",
                code="age.key",
                hint="It was encrypted to other keys: kept disclosure keys list",
            ) from error
        raise Invalid(f"The age file is broken: {error}.", code="age.broken") from error
    return opened


def recipient_of(identity: str) -> str:
    """The public half ("age1…") of an identity. Raises Invalid."""
    return str(_identity(identity).to_public())


def check_recipient(recipient: str) -> None:
    """Raises Invalid unless this is the public half of an X25519 key of age."""
    _recipient(recipient)


def new_identity(passphrase: str) -> tuple[bytes, str]:
    """A new identity file, encrypted under the passphrase unless that is empty, and its public half.

    Its randomness is the library's own, as age's is.
    """
    age = _age()
    identity = age.x25519.Identity.generate()
    recipient = str(identity.to_public())
    text = f"# public key: {recipient}\n{identity}\n".encode()
    return (age.passphrase.encrypt(text, passphrase) if passphrase else text), recipient


def read_identities(data: bytes, passphrase: str) -> tuple[str, ...]:
    """The identities in a file of age's, also one under a passphrase. Raises Denied or Invalid."""
    age = _age()
    if data.startswith(_PASSPHRASED):
        if not passphrase:
            raise Denied("The identity file is encrypted.", code="age.passphrase", hint="Give its passphrase.")
        try:
            data = age.passphrase.decrypt(data, passphrase)
        except age.DecryptError as error:
            raise Denied("This is not the passphrase of the identity file.", code="age.passphrase") from error
    lines = [line.strip() for line in data.decode(errors="replace").splitlines()]
    found = tuple(line for line in lines if line.startswith(IDENTITY))
    if not found or [line for line in lines if line and not line.startswith("#") and line not in found]:
        raise Invalid(
            "This is no identity file of age.",
            code="age.identity",
            hint="Make one: kept disclosure keys new NAME --out FILE, or age-keygen",
        )
    for each in found:
        _identity(each)
    return found


def _recipient(text: str) -> Any:
    age = _age()
    try:
        return age.x25519.Recipient.from_str(text)
    except age.RecipientError as error:
        raise Invalid(
            f"{text[:80]!r} is no public key of age.", code="age.recipient", hint="It begins with age1."
        ) from error


def _identity(text: str) -> Any:
    age = _age()
    try:
        return age.x25519.Identity.from_str(text)
    except age.IdentityError as error:
        raise Invalid("This is no identity of age.", code="age.identity", hint=f"It begins with {IDENTITY}.") from error


def _age() -> Any:
    try:
        import pyrage
    except ImportError as error:
        raise Unavailable(
            "Reports are encrypted by pyrage, which is not installed.",
            code="disclosure.extra",
            hint="Install it with: pip install 'kept[disclosure]'",
        ) from error
    return pyrage
