"""Carriers: for each recipient, model and tensor, a random number for each value; any slice of it can be made alone.

A value's number is the sum of eight fair coins (-1 or 1), over √8: the bits of one byte of AES-256 in counter mode,
under a key that HKDF-SHA256 (RFC 5869) derives from the tracing secret and the digests of recipient and model.

Eight coins and not one, since what k recipients make of their copies without the original can lean away from all of
them at once only as far as differences between carriers tell their mean. For normal carriers they tell nothing, so
that the k correlations always add up to one recipient's own; for eight coins nearly nothing: three recipients would
have to change the weights by 11 times the mark. Of single coins, what the minority has erases three marks for free.
"""

import hmac
from dataclasses import dataclass, field

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from numpy.typing import NDArray

from kept.errors import Invalid
from kept.practices.weights.records.traces import CarrierKey

COINS = 8
SCALE = 2 / COINS**0.5
"""What a carrier's number is for each head above half of the coins; its variance is 1."""
SECRET_BYTES = 32
_BLOCK = 16
_ZEROS = bytes(1 << 20)
_PREFIX = b"kept/trace/v1 "

Bytes = NDArray[np.uint8]


def carrier_key(secret: bytes, recipient: str, model: str) -> CarrierKey:
    """The key of a recipient's carriers in a model: HKDF-SHA256, the recipient's digest as salt.

    `recipient` and `model` are digests in hexadecimal. Raises Invalid for another secret than one of 32 bytes.
    """
    if len(secret) != SECRET_BYTES:
        raise Invalid(f"A tracing secret has {SECRET_BYTES} bytes, not {len(secret)}.", code="trace.secret")
    extracted = hmac.digest(bytes.fromhex(recipient), secret, "sha256")
    return CarrierKey(recipient, _expand(extracted, b"carrier\x00" + bytes.fromhex(model)))


def commitment(key: CarrierKey) -> str:
    """What may be published when a copy is made: it binds to the key, which can be shown later, and tells nothing."""
    return _expand(key.secret, b"commitment").hex()


@dataclass(frozen=True, slots=True)
class Carrier:
    """One recipient's numbers for one tensor."""

    _coins: bytes = field(repr=False)
    _rounding: bytes = field(repr=False)

    @classmethod
    def of(cls, key: CarrierKey, tensor: str) -> "Carrier":
        """The carrier for the tensor of that name in the original."""
        name = tensor.encode()
        return cls(_expand(key.secret, b"coins\x00" + name), _expand(key.secret, b"rounding\x00" + name))

    def numbers(self, start: int, count: int) -> NDArray[np.float32]:
        """The numbers of `count` values from `start` on, in the order of the tensor's memory: mean 0, variance 1."""
        drawn = np.empty(count, np.uint8)
        self.fill(drawn, start)
        return (np.bitwise_count(drawn).astype(np.float32) - COINS / 2) * np.float32(SCALE)

    def fill(self, into: Bytes, start: int) -> None:
        """Put the bytes whose bits are the coins of the values from `start` on into a buffer."""
        _stream(self._coins, start, into)

    def dither(self, start: int, count: int) -> NDArray[np.uint16]:
        """What decides how each of the values is rounded: 16 bits for each, independent of its coins."""
        drawn = np.empty(2 * count, np.uint8)
        _stream(self._rounding, 2 * start, drawn)
        return drawn.view("<u2")


def _stream(key: bytes, start: int, into: Bytes) -> None:
    block, skip = divmod(start, _BLOCK)
    stream = Cipher(AES(key), CTR(block.to_bytes(_BLOCK, "big"))).encryptor()
    if skip:
        stream.update(_ZEROS[:skip])
    for at in range(0, len(into), len(_ZEROS)):
        part = into[at : at + len(_ZEROS)]
        stream.update_into(_ZEROS[: len(part)], part.data)


def _expand(key: bytes, info: bytes) -> bytes:
    """HKDF-Expand to 32 bytes (RFC 5869, section 2.3): one block."""
    return hmac.digest(key, _PREFIX + info + b"\x01", "sha256")
