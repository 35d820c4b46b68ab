"""Sketches: the least hashes of a text, and a MinHash signature; both of a fixed size however long the text is."""

import binascii
from base64 import b64decode, b64encode
from functools import cache
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid
from kept.practices.sharing.methods.fingerprints.grams import Hashes
from kept.practices.sharing.records.contents import FINGERPRINTING

SIZE = 256
"""How many hashes a sketch has at most. The containment that it shows then errs by 0.031 at most (one sigma)."""
PERMUTATIONS = 128
_TOGETHER = 512

Signature = NDArray[np.uint32]


def sketch_of(hashed: Hashes) -> Hashes:
    """The least `SIZE` distinct hashes, in ascending order (Broder 1997, section 4: bottom sketches)."""
    return np.unique(hashed)[:SIZE]


def contained(sketch: Hashes, hashed: Hashes) -> float:
    """Which share of the sketch occurs among all hashes of a text, sorted: how much of that text is in this one."""
    if not len(sketch) or not len(hashed):
        return 0.0
    places = np.minimum(np.searchsorted(hashed, sketch), len(hashed) - 1)
    return float(np.mean(hashed[places] == sketch))


def minhash_of(hashed: Hashes) -> Signature:
    """The 128 least values, of 32 bits, under 128 fixed multiply-shift functions (Broder 1997, section 3).

    A text without hashes has the greatest value everywhere.
    """
    if not len(hashed):
        return np.full(PERMUTATIONS, 0xFFFFFFFF, dtype=np.uint32)
    distinct = np.unique(hashed)
    factors, terms = _functions()
    least = np.full(PERMUTATIONS, 0xFFFFFFFFFFFFFFFF, dtype=np.uint64)
    # All functions at once, on as many values as the processor has at hand.
    for begin in range(0, len(distinct), _TOGETHER):
        values = factors * distinct[begin : begin + _TOGETHER]
        values += terms
        np.minimum(least, values.min(axis=1), out=least)
    return (least >> np.uint64(32)).astype(np.uint32)


def resemblance(one: Signature, other: Signature) -> float:
    """The share of the hashes of two texts that both have, as their signatures estimate it."""
    return float(np.mean(one == other))


def encode(numbers: Hashes | Signature) -> str:
    """Base64 of the numbers, each big-endian."""
    return b64encode(numbers.astype(numbers.dtype.newbyteorder(">")).tobytes()).decode()


def decode(text: str) -> Hashes:
    """The sketch that base64 says. Raises Invalid unless it is 1 to 256 hashes in ascending order."""
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid(f"A sketch is not base64: {error}.", code="sketch.malformed") from error
    if not data or len(data) % 8 or len(data) > 8 * SIZE:
        raise Invalid(f"A sketch of {len(data)} bytes is not 1 to {SIZE} hashes.", code="sketch.malformed")
    found = np.frombuffer(data, dtype=">u8").astype(np.uint64)
    if np.any(found[1:] <= found[:-1]):
        raise Invalid("A sketch is not in ascending order.", code="sketch.malformed")
    return found


@cache
def _functions() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The factor and the term of each function, as columns."""
    made = [sha256(f"{FINGERPRINTING}/{number}".encode()).digest() for number in range(PERMUTATIONS)]
    factors = [[int.from_bytes(each[:8]) | 1] for each in made]
    return np.array(factors, dtype=np.uint64), np.array(
        [[int.from_bytes(each[8:16])] for each in made], dtype=np.uint64
    )
