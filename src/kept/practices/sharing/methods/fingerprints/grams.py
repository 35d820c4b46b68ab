"""Hashes of every run of seven characters of a text: short enough to survive edits, long enough to be rare."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.practices.sharing.methods.normalising import Normalised

Hashes = NDArray[np.uint64]

GRAM = 7
_SPACE = 32
_FACTOR, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_SQUARE, _CUBE = (np.uint64(pow(int(_FACTOR), power, 1 << 64)) for power in (2, 3))
_SHIFT = np.uint64(32)
_WORD = b"0123456789abcdefghijklmnopqrstuvwxyz"
_SPACED = bytes(code if code in _WORD else _SPACE for code in range(256))
_IS_WORD = np.array([code in _WORD for code in range(128)])
# General punctuation, and that of Chinese and Japanese.
_PUNCTUATION = ((0x80, 0xBF), (0x2000, 0x206F), (0x3000, 0x303F))


def hashes(text: Normalised) -> Hashes:
    """The 64-bit hash of each run of 7 characters, in order: letters and digits as they are, all else one space.

    A text of fewer than 7 characters has none. docs/shared-objects.md says how they are computed.
    """
    codes, _ = lettered(text.text)
    length = len(codes) - GRAM + 1
    if length <= 0:
        return np.zeros(0, dtype=np.uint64)
    # The polynomial of seven letters, from those of two and of four.
    two = codes[:-1] * _FACTOR
    two += codes[1:]
    found = two[:-2] * _SQUARE
    found += two[2:]
    found = found[:length] * _CUBE
    found += two[4 : 4 + length] * _FACTOR
    found += codes[6 : 6 + length]
    found ^= found >> _SHIFT
    found *= _MIX
    return found


def lettered(text: str) -> tuple[Hashes, NDArray[np.intp]]:
    """The code points of normalised text, with one space for each run that is no word, and the place of each."""
    if text.isascii():
        codes: NDArray[Any] = np.frombuffer(text.encode("ascii").translate(_SPACED), dtype=np.uint8)
        word = codes != _SPACE
    else:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        word = _IS_WORD[np.minimum(codes, 127)] | (codes > 127)
        for first, last in _PUNCTUATION:
            word &= (codes < first) | (codes > last)
        codes = np.where(word, codes, _SPACE)
    kept = word.copy()
    kept[1:] |= word[:-1]
    places = np.flatnonzero(kept)
    return codes[places].astype(np.uint64), places
