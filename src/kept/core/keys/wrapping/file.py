"""`file:PATH`: a wrapping key encrypted at rest under the workspace's passphrase, for development.

The file is canonical JSON: the key's id, a salt, a nonce, and the key under AES-256-GCM with a key that scrypt
(RFC 7914, N = 2^14, r = 8, p = 1) makes of the passphrase. Whoever holds both file and passphrase holds the key.
"""

import base64
import hashlib
import os
from pathlib import Path
from typing import Any

from kept.core import canonical
from kept.core.keys.secret import FILE_LIMIT, read_private, write_private
from kept.core.keys.wiping import wipe
from kept.core.keys.wrapping import KEY_BYTES, Context, Reach, bound, check_key
from kept.errors import Conflict, Denied, Invalid, Unavailable, Unverified

_NONCE, _SALT, _TAG = 12, 16, 16
_COST, _BLOCK, _MEMORY = 2**14, 8, 32 * 1024 * 1024
_MEMBERS = {"version", "id", "salt", "nonce", "sealed"}


class FileWrapper:
    """Wraps with AES-256-GCM under a random nonce; never shows or pickles its key."""

    __slots__ = ("_cipher", "_entropy", "_id", "_place")

    def __init__(self, place: Path, key_id: str, cipher: Any, reach: Reach) -> None:
        self._place = place
        self._id = key_id
        self._cipher = cipher
        self._entropy = reach.entropy

    @property
    def key_id(self) -> str:
        """A random name, drawn when the key was made."""
        return self._id

    def wrap(self, key: bytes | bytearray, context: Context) -> bytes:
        """Nonce, ciphertext and tag: 60 bytes. Raises Invalid for a key that is not of 32 bytes."""
        check_key(key)
        nonce = self._entropy(_NONCE)
        sealed: bytes = self._cipher.encrypt(nonce, bytes(key), bound(context))
        return nonce + sealed

    def unwrap(self, wrapped: bytes, context: Context) -> bytearray:
        """The key. Raises Unverified when the bytes, the context or the wrapping key is another."""
        from cryptography.exceptions import InvalidTag

        key = bytearray(KEY_BYTES)
        if len(wrapped) != _NONCE + KEY_BYTES + _TAG:
            raise Unverified(f"A key of {len(wrapped)} bytes was not wrapped by a file: key.", code="wrap.length")
        try:
            self._cipher.decrypt_into(wrapped[:_NONCE], wrapped[_NONCE:], bound(context), key)
        except InvalidTag as error:
            wipe(key)
            raise Unverified(
                f"The key was not wrapped by {self._id}, or not for this.",
                code="wrap.unverified",
                hint="It was changed, it belongs to something else, or another key wrapped it.",
            ) from error
        return key

    def destroy(self) -> None:
        """Overwrite the file and take it away; a file system that keeps old blocks, or a backup, may keep a copy."""
        try:
            with self._place.open("r+b") as file:
                file.write(bytes(os.fstat(file.fileno()).st_size))
                file.flush()
                os.fsync(file.fileno())
            self._place.unlink()
        except OSError as error:
            raise Unavailable(f"{self._place} can't be destroyed: {error.strerror}.", code="wrap.destroy") from error

    def __repr__(self) -> str:
        return f"<file: wrapping key {self._id}>"

    def __reduce__(self) -> Any:
        raise TypeError("A wrapping key can't be copied or pickled.")


def open_wrapper(path: str, reach: Reach) -> FileWrapper:
    """The wrapping key in the file, whose path starts from the reach's base.

    Raises NotFound, Denied (open to others, wrong passphrase) or Invalid (damaged).
    """
    place = reach.base / path
    key_id, salt, nonce, sealed = _parse(read_private(place), place)
    return _opened(place, key_id, _unseal(place, key_id, salt, nonce, sealed, reach), reach)


def create(path: str, reach: Reach) -> FileWrapper:
    """Make a wrapping key and write its file, mode 0600, whole or not at all. Raises Conflict if there is one."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    place = reach.base / path
    if place.exists():
        raise Conflict(f"{place} already exists; it is left as it was.", code="key.exists")
    key_id = f"kek-{reach.entropy(8).hex()}"
    key, salt, nonce = bytearray(reach.entropy(KEY_BYTES)), reach.entropy(_SALT), reach.entropy(_NONCE)
    sealed = AESGCM(_derive(reach, salt)).encrypt(nonce, bytes(key), _about(key_id))
    parts = {"salt": salt, "nonce": nonce, "sealed": sealed}
    document = {"version": 1, "id": key_id} | {name: base64.b64encode(each).decode() for name, each in parts.items()}
    write_private(place, canonical.encode(document) + b"\n")
    return _opened(place, key_id, key, reach)


def _opened(place: Path, key_id: str, key: bytearray, reach: Reach) -> FileWrapper:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return FileWrapper(place, key_id, AESGCM(key), reach)
    finally:
        wipe(key)


def _unseal(place: Path, key_id: str, salt: bytes, nonce: bytes, sealed: bytes, reach: Reach) -> bytearray:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = bytearray(KEY_BYTES)
    try:
        AESGCM(_derive(reach, salt)).decrypt_into(nonce, sealed, _about(key_id), key)
    except InvalidTag as error:
        raise Denied(
            f"The passphrase does not open {place}, or the file was changed.", code="key.passphrase"
        ) from error
    return key


def _derive(reach: Reach, salt: bytes) -> bytes:
    passphrase = reach.passphrase()
    if not passphrase:
        raise Invalid("The passphrase of a key is empty.", code="passphrase.empty")
    return hashlib.scrypt(passphrase, salt=salt, n=_COST, r=_BLOCK, p=1, maxmem=_MEMORY, dklen=KEY_BYTES)


def _about(key_id: str) -> bytes:
    return b"kept/wrapping key/v1\x00" + key_id.encode()


def _parse(data: bytes, place: Path) -> tuple[str, bytes, bytes, bytes]:
    document = canonical.decode(data, limit=FILE_LIMIT, what=str(place))
    try:
        if set(document) != _MEMBERS or document["version"] != 1:
            raise ValueError("its members are others")
        salt, nonce, sealed = (base64.b64decode(document[name], validate=True) for name in ("salt", "nonce", "sealed"))
        if (len(salt), len(nonce), len(sealed)) != (_SALT, _NONCE, KEY_BYTES + _TAG):
            raise ValueError("its parts have other lengths")
        key_id = document["id"]
        if not isinstance(key_id, str) or not 1 <= len(key_id) <= 64:
            raise ValueError("its id is no short text")
    except (TypeError, ValueError) as error:
        # The cause is dropped on purpose: its traceback would hold what the file says.
        raise Invalid(
            f"{place} is not the file of a wrapping key of version 1: {error}.",
            code="wrap.damaged",
            hint="Bring it back from its backup.",
        ) from None
    return key_id, salt, nonce, sealed
