"""Seals what lies in quarantine: AES-256-GCM under a key of its own, bound to the item and the case.

Who destroys the key has erased the content, wherever copies of the sealed bytes are.
"""

from collections.abc import Mapping

from kept.core import canonical
from kept.errors import Invalid, Unverified

KEY_BYTES, NONCE_BYTES, _TAG = 32, 12, 16
_LENGTH = 8
PARTS = 16


def sealed(parts: Mapping[str, bytes], *, key: bytes | bytearray, nonce: bytes, item: str, case: str) -> bytes:
    """The named parts in one sealed text: the nonce, then the ciphertext with its tag."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return nonce + AESGCM(bytes(key)).encrypt(nonce, packed(parts), _about(item, case))


def opened(data: bytes, *, key: bytes | bytearray, item: str, case: str) -> dict[str, bytes]:
    """The parts by name. Raises Unverified where the bytes, the key, the item or the case is another."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        plain = AESGCM(bytes(key)).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], _about(item, case))
    except (InvalidTag, ValueError) as error:
        raise Unverified(f"{item} is not what was sealed.", code="quarantine.sealed") from error
    return unpacked(plain)


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Parts as bytes: the length of a list of names and lengths (8 bytes, big-endian), the list, and the parts."""
    head = canonical.encode([[name, len(content)] for name, content in parts.items()])
    return len(head).to_bytes(_LENGTH, "big") + head + b"".join(parts.values())


def unpacked(data: bytes) -> dict[str, bytes]:
    """What `packed` made. Raises Invalid for anything else."""
    start = _LENGTH + int.from_bytes(data[:_LENGTH], "big")
    named = canonical.decode(data[_LENGTH:start], limit=64 * 1024, what="The list of parts")
    found: dict[str, bytes] = {}
    for name, length in named:
        found[str(name)] = data[start : start + int(length)]
        start += int(length)
    if start != len(data) or len(found) > PARTS:
        raise Invalid("The parts are not as long as their list says.", code="quarantine.parts")
    return found


def _about(item: str, case: str) -> bytes:
    return b"kept/quarantine/v1\x00" + canonical.encode([item, case])
