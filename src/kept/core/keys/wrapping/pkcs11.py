"""`pkcs11:token=T;object=O;module=PATH`: an AES-256 wrapping key that never leaves its hardware token.

Addresses, PIN and module are those of keys that sign. Keys are wrapped with CKM_AES_KEY_WRAP_PAD (RFC 5649), which has
no associated data: what is wrapped is the key and the SHA-256 of its context, 64 bytes, and RFC 5649 protects both.
"""

import hashlib
import hmac
from typing import Any

from kept.core.keys import Keyhole
from kept.core.keys.pkcs11 import Address, open_session, package, using
from kept.core.keys.wiping import wipe
from kept.core.keys.wrapping import KEY_BYTES, Context, Reach, bound, check_key
from kept.errors import Conflict, Denied, Invalid, Unverified

_ID_BYTES = 8
_REFUSED = ("WrappedKeyInvalid", "WrappedKeyLenRange", "EncryptedDataInvalid", "EncryptedDataLenRange", "GeneralError")


class TokenWrapper:
    """Wraps inside the token, whose key is found anew at each use, so that a token may be plugged in again."""

    def __init__(self, address: Address, keyhole: Keyhole, key_id: str) -> None:
        self._address = address
        self._keyhole = keyhole
        self._id = key_id

    @property
    def key_id(self) -> str:
        """The random id that the key was made with."""
        return self._id

    def wrap(self, key: bytes | bytearray, context: Context) -> bytes:
        """The wrapped key, 72 bytes. Raises Invalid for a key that is not of 32 bytes, NotFound or Unavailable."""
        check_key(key)
        pkcs11 = package()
        attribute = pkcs11.Attribute
        payload = bytearray(key) + _digest(context)
        with using(self._address):
            held = open_session(self._address, self._keyhole).create_object(
                {
                    attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY,
                    attribute.KEY_TYPE: pkcs11.KeyType.GENERIC_SECRET,
                    attribute.VALUE: bytes(payload),
                    attribute.TOKEN: False,
                    attribute.EXTRACTABLE: True,
                    attribute.SENSITIVE: False,
                }
            )
            wipe(payload)
            try:
                wrapped: bytes = self._key().wrap_key(held, mechanism=pkcs11.Mechanism.AES_KEY_WRAP_PAD)
            finally:
                held.destroy()
        return wrapped

    def unwrap(self, wrapped: bytes, context: Context) -> bytearray:
        """The key. Raises Unverified when the bytes, the context or the wrapping key is another, or Unavailable."""
        pkcs11 = package()
        attribute = pkcs11.Attribute
        with using(self._address):
            key = self._key()
            try:
                held = key.unwrap_key(
                    pkcs11.ObjectClass.SECRET_KEY,
                    pkcs11.KeyType.GENERIC_SECRET,
                    wrapped,
                    mechanism=pkcs11.Mechanism.AES_KEY_WRAP_PAD,
                    template={attribute.TOKEN: False, attribute.EXTRACTABLE: True, attribute.SENSITIVE: False},
                )
            except pkcs11.exceptions.PKCS11Error as error:
                if type(error).__name__ not in _REFUSED:
                    raise
                raise _unverified(self._id) from error
            try:
                payload = bytearray(held[attribute.VALUE])
            finally:
                held.destroy()
        found = payload[:KEY_BYTES]
        same = hmac.compare_digest(payload[KEY_BYTES:], _digest(context))
        wipe(payload)
        if not same or len(found) != KEY_BYTES:
            wipe(found)
            raise _unverified(self._id)
        return found

    def destroy(self) -> None:
        """Destroy the key in the token; a backup of the token may still hold it. Raises NotFound or Unavailable."""
        with using(self._address):
            self._key().destroy()

    def _key(self) -> Any:
        return _find(self._address, self._keyhole)

    def __repr__(self) -> str:
        return f"<pkcs11: wrapping key {self._id}>"


def open_wrapper(text: str, reach: Reach) -> TokenWrapper:
    """The wrapping key in the token.

    Raises Invalid (malformed URI, a key of another kind), NotFound (no such token or key, no PIN), Denied (wrong PIN, a
    key that could leave the token) or Unavailable (package or module missing, token out of reach).
    """
    package()
    keyhole = Keyhole(reach.base, reach.passphrase, reach.environ)
    address = Address.parse(text, keyhole)
    attribute = package().Attribute
    with using(address):
        key = _find(address, keyhole)
        kind, extractable, key_id = key[attribute.KEY_TYPE], key[attribute.EXTRACTABLE], bytes(key[attribute.ID])
    if kind != package().KeyType.AES or not key_id:
        raise Invalid(f"{str(address).capitalize()} is no AES key with an id.", code="key.algorithm")
    if extractable:
        raise Denied(
            f"{str(address).capitalize()} could leave its token, so it may be anywhere.",
            code="wrap.extractable",
            hint="Make one with CKA_EXTRACTABLE false, or let kept make it.",
        )
    return TokenWrapper(address, keyhole, f"kek-{key_id.hex()}"[:64])


def create(text: str, reach: Reach) -> TokenWrapper:
    """Make an AES-256 key inside the token, of its own randomness, that can't be extracted, and open it.

    Raises Conflict when the label is taken, and whatever opening raises.
    """
    pkcs11 = package()
    attribute = pkcs11.Attribute
    keyhole = Keyhole(reach.base, reach.passphrase, reach.environ)
    address = Address.parse(text, keyhole)
    with using(address):
        session = open_session(address, keyhole)
        if any(True for _ in session.get_objects({attribute.LABEL: address.object})):
            raise Conflict(f"The token {address.token!r} already has an object {address.object!r}.", code="key.exists")
        session.generate_key(
            pkcs11.KeyType.AES,
            256,
            label=address.object,
            id=reach.entropy(_ID_BYTES),
            store=True,
            template={
                attribute.EXTRACTABLE: False,
                attribute.SENSITIVE: True,
                attribute.WRAP: True,
                attribute.UNWRAP: True,
                attribute.ENCRYPT: False,
                attribute.DECRYPT: False,
            },
        )
    return open_wrapper(text, reach)


def _find(address: Address, keyhole: Keyhole) -> Any:
    session = open_session(address, keyhole)
    return session.get_key(object_class=package().ObjectClass.SECRET_KEY, label=address.object)


def _digest(context: Context) -> bytes:
    return hashlib.sha256(bound(context)).digest()


def _unverified(key_id: str) -> Unverified:
    return Unverified(
        f"The key was not wrapped by {key_id}, or not for this.",
        code="wrap.unverified",
        hint="It was changed, it belongs to something else, or another key wrapped it.",
    )
