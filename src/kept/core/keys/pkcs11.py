"""`pkcs11:token=T;object=O;module=PATH`: an Ed25519 key that never leaves its hardware token.

A URI of RFC 7512 with the attributes `token` and `object`; the module is named by `module`, by the query attribute
`module-path`, or by KEPT_PKCS11_MODULE. The PIN comes from KEPT_PKCS11_PIN and never from the URI. Mechanisms are
those of PKCS #11 v3.0 (CKM_EDDSA, CKM_EC_EDWARDS_KEY_PAIR_GEN). ML-DSA came with v3.2, which SoftHSM 2 doesn't speak.
"""

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from kept.core.context import Entropy
from kept.core.keys import Keyhole
from kept.core.keys.public import Algorithm, PublicKey
from kept.errors import Conflict, Denied, Invalid, NotFound, Unavailable, Unverified

PIN_VARIABLE = "KEPT_PKCS11_PIN"
MODULE_VARIABLE = "KEPT_PKCS11_MODULE"
_ED25519_OID = bytes.fromhex("06032b6570")
_ED25519_NAME = b"\x13\x0cedwards25519"
_DENIED = ("PinIncorrect", "PinInvalid", "PinLenRange", "PinLocked", "PinExpired", "UserPinNotInitialized")

# A token counts sessions and knows one login for each process, so signers of one token share a session.
_sessions: dict[tuple[int, str, str, str], Any] = {}
_opening = threading.Lock()


@dataclass(frozen=True, slots=True)
class Address:
    """Where a key is: the driver's shared library, the token's label and the object's label."""

    module: str
    token: str
    object: str

    @classmethod
    def parse(cls, text: str, keyhole: Keyhole) -> "Address":
        """The address in what follows "pkcs11:". Raises Invalid, without repeating a PIN that stands in it."""
        path, _, query = text.partition("?")
        found: dict[str, str] = {}
        for part in [one for one in (*path.split(";"), *query.split("&")) if one]:
            name, separator, value = part.partition("=")
            name = {"module-path": "module"}.get(name, name)
            if name == "pin-value":
                raise Invalid("A PIN does not belong in a key URI.", code="key.uri", hint=f"Set {PIN_VARIABLE} to it.")
            if not separator or name not in ("token", "object", "module") or name in found or not value:
                raise Invalid("A pkcs11: URI has the form token=T;object=O;module=PATH.", code="key.uri")
            found[name] = unquote(value)
        found.setdefault("module", keyhole.environ.get(MODULE_VARIABLE, ""))
        for name in ("token", "object", "module"):
            if not found.get(name):
                hint = f"Name it in the URI or set {MODULE_VARIABLE}." if name == "module" else ""
                raise Invalid(f"A pkcs11: URI lacks its {name}.", code="key.uri", hint=hint)
        return cls(**found)

    def __str__(self) -> str:
        return f"the key {self.object!r} in the token {self.token!r}"


class TokenSigner:
    """Signs inside the token, and hands out only signatures that hold under the public key found beside it."""

    def __init__(self, address: Address, key: PublicKey, private: Any) -> None:
        self._address = address
        self._key = key
        self._private = private

    @property
    def key_id(self) -> str:
        """Lower-case hex SHA-256 of the SubjectPublicKeyInfo."""
        return self._key.key_id

    @property
    def algorithm(self) -> Algorithm:
        """The signature algorithm: "ed25519"."""
        return self._key.algorithm

    @property
    def public(self) -> bytes:
        """The raw public key."""
        return self._key.public

    def sign(self, message: bytes) -> bytes:
        """The raw signature over the message. Raises Unavailable when the token is gone or signs wrongly."""
        pkcs11 = package()
        with using(self._address):
            signature: bytes = self._private.sign(message, mechanism=pkcs11.Mechanism.EDDSA)
        try:
            self._key.verify(signature, message)
        except Unverified as error:
            raise Unavailable(
                f"The token's signature by {self._address} does not hold under the public key beside it.",
                code="key.token",
                hint="Check that the token's public and private objects of this label are one pair.",
            ) from error
        return signature

    def __repr__(self) -> str:
        return f"<{self.algorithm} signer {self.key_id}>"


def open_signer(text: str, keyhole: Keyhole) -> TokenSigner:
    """The signer in the token.

    Raises Invalid (malformed URI, a key of another kind), NotFound (no such token or key, no PIN), Denied (wrong PIN)
    or Unavailable (package or module missing, token out of reach).
    """
    package()
    address = Address.parse(text, keyhole)
    with using(address):
        private, public = find_pair(address, keyhole)
        return TokenSigner(address, _public_key(public, address), private)


def create(text: str, keyhole: Keyhole, *, algorithm: Algorithm, entropy: Entropy) -> TokenSigner:
    """Make a key inside the token, not extractable, of the token's own randomness, and open it.

    Raises Conflict when the label is taken, Invalid for ML-DSA-65, and whatever opening raises.
    """
    pkcs11 = package()
    address = Address.parse(text, keyhole)
    if algorithm != "ed25519":
        raise Invalid(
            f"A key of {algorithm} can't be made in a PKCS #11 token: only Ed25519 is supported there.",
            code="key.algorithm",
            hint="Keep the second, post-quantum key in a file:.",
        )
    with using(address):
        opened = open_session(address, keyhole)
        taken = {pkcs11.Attribute.LABEL: address.object}
        if any(True for _ in opened.get_objects(taken)):
            raise Conflict(f"The token {address.token!r} already has an object {address.object!r}.", code="key.exists")
        curve = {pkcs11.Attribute.EC_PARAMS: _ED25519_OID}
        opened.create_domain_parameters(pkcs11.KeyType.EC_EDWARDS, curve, local=True).generate_keypair(
            mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
            store=True,
            label=address.object,
            private_template={pkcs11.Attribute.EXTRACTABLE: False, pkcs11.Attribute.SENSITIVE: True},
        )
    return open_signer(text, keyhole)


def forget_sessions() -> None:
    """Let go of the shared sessions, so that the next signer logs in anew (after a token was swapped)."""
    with _opening:
        _sessions.clear()


@contextmanager
def using(address: Address) -> Iterator[None]:
    """Have the token for one operation, and turn the package's errors into kinds."""
    with _opening, _translated(address):
        yield


def find_pair(address: Address, keyhole: Keyhole) -> tuple[Any, Any]:
    """The private and the public key of this label, of whatever kind, for whoever is `using` the address."""
    classes = package().ObjectClass
    opened = open_session(address, keyhole)
    private = opened.get_key(object_class=classes.PRIVATE_KEY, label=address.object)
    return private, opened.get_key(object_class=classes.PUBLIC_KEY, label=address.object)


def package() -> Any:
    """The package python-pkcs11. Raises Unavailable where it isn't installed."""
    try:
        import pkcs11
    except ImportError as error:
        raise Unavailable(
            "Keys in PKCS #11 tokens need the package python-pkcs11, which is not installed.",
            code="key.missing-package",
            hint="Install kept[pkcs11].",
        ) from error
    return pkcs11


def open_session(address: Address, keyhole: Keyhole) -> Any:
    """The shared session with the token, for whoever is `using` the address. Raises NotFound where there is no PIN."""
    pin = keyhole.environ.get(PIN_VARIABLE, "")
    if not pin:
        raise NotFound(f"There is no PIN for {address}.", code="key.pin", hint=f"Set {PIN_VARIABLE}.")
    place = (os.getpid(), address.module, address.token, hashlib.sha256(pin.encode()).hexdigest())
    if place not in _sessions:
        token = package().lib(address.module).get_token(token_label=address.token)
        _sessions[place] = token.open(rw=True, user_pin=pin)
    return _sessions[place]


def _public_key(public: Any, address: Address) -> PublicKey:
    attribute = package().Attribute
    point = public[attribute.EC_POINT] if public.key_type == package().KeyType.EC_EDWARDS else b""
    if not point or public[attribute.EC_PARAMS] not in (_ED25519_OID, _ED25519_NAME):
        raise Invalid(f"{str(address).capitalize()} is not of Ed25519.", code="key.algorithm")
    # Some tokens wrap the point in a DER octet string, as v2.40 asked; others give it raw.
    return PublicKey("ed25519", point[2:] if point[:2] == b"\x04\x20" and len(point) == 34 else point)


@contextmanager
def _translated(address: Address) -> Iterator[None]:
    """Turn the package's errors into kinds. The shared sessions are dropped when the token itself failed."""
    exceptions = package().exceptions
    try:
        yield
    except (exceptions.NoSuchToken, exceptions.NoSuchKey) as error:
        raise NotFound(f"There is not {address}.", code="key.missing") from error
    except (exceptions.MultipleTokensReturned, exceptions.MultipleObjectsReturned) as error:
        raise Invalid(f"The labels of {address} are not unique.", code="key.ambiguous") from error
    except exceptions.PKCS11Error as error:
        reason = type(error).__name__
        if reason in _DENIED:
            raise Denied(f"The PIN does not open {address} ({reason}).", code="key.pin") from error
        _sessions.clear()
        raise Unavailable(
            f"The token can't be used for {address}: {str(error) or reason}.",
            code="key.token",
            hint="Check the module's path, and that the token is plugged in.",
        ) from error
