"""Random numbers that follow from a key and a label, the same on every machine: SHAKE256 over both (FIPS 202)."""

from hashlib import shake_256

import numpy as np
from numpy.typing import NDArray

from kept.practices.provenance.records import MarkKey

_DOMAIN = b"kept provenance keystream v1\x00"


class Keystream:
    """Draws one after the other; equal keys, labels and calls give equal numbers, and no others are related."""

    def __init__(self, key: MarkKey, label: str) -> None:
        if len(key.secret) != 32:
            raise ValueError("a mark key has 32 bytes")
        self._prefix = _DOMAIN + key.secret + label.encode() + b"\x00"
        self._drawn = 0

    def words(self, count: int) -> NDArray[np.uint64]:
        """So many numbers of 64 bits."""
        self._drawn += 1
        data = shake_256(self._prefix + self._drawn.to_bytes(8, "big")).digest(8 * count)
        return np.frombuffer(data, "<u8").astype(np.uint64)

    def uniform(self, count: int) -> NDArray[np.float64]:
        """So many numbers in [0, 1), of 53 bits each."""
        return (self.words(count) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def phases(self, count: int) -> NDArray[np.float64]:
        """So many angles in [0, 2π)."""
        return self.uniform(count) * (2 * np.pi)

    def signs(self, count: int) -> NDArray[np.int8]:
        """So many of -1 and 1."""
        return (1 - 2 * (self.words(count) >> np.uint64(63)).astype(np.int8)).astype(np.int8)

    def permutation(self, count: int) -> NDArray[np.intp]:
        """The numbers below `count` in random order."""
        return np.argsort(self.words(count), kind="stable")
