"""Hashes of every run of seven characters of a text: short enough to survive edits, long enough to be rare."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.practices.sharing.methods.normalising import Normalised

Hashes = NDArray[np.uint64]

GRAM = 7
_SPACE = 32
_FACTOR, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_FOURTH = np.uint64(pow(int(_FACTOR), 4, 1 << 64))
_SHIFT = np.uint64(32)
_WORD = b"0123456789abcdefghijklmnopqrstuvwxyz"
_SPACED = bytes(code if code in _WORD else _SPACE for code in range(256))
# General punctuation, and that of Chinese and Japanese.
_PUNCTUATION = (range(0x80, 0xC0), range(0x2000, 0x2070), range(0x3000, 0x3040))
_LAST = 0x3040
_IS_WORD = np.array(
    [code in _WORD if code < 128 else not any(code in each for each in _PUNCTUATION) for code in range(_LAST + 1)]
)


def hashes(text: Normalised) -> Hashes:
    """The 64-bit hash of each run of 7 characters, in order: letters and digits as they are, all else one space.

    A text of fewer than 7 characters has none. docs/shared-objects.md says how they are computed.
    """
    codes, _ = lettered(text.text)
    length = len(codes) - GRAM + 1
    if length <= 0:
        return np.zeros(0, dtype=np.uint64)
    # The polynomial of seven letters, from those of three.
    three = codes[:-2] * _FACTOR
    three += codes[1:-1]
    three *= _FACTOR
    three += codes[2:]
    later = three[3 : 3 + length] * _FACTOR
    found = three[:length]
    found *= _FOURTH
    found += later
    found += codes[6:]
    found ^= found >> _SHIFT
    found *= _MIX
    return found


def lettered(text: str) -> tuple[Hashes, NDArray[np.intp]]:
    """The code points of normalised text, with one space for each run that is no word, and the place of each."""
    # One more space in front, so that each has one before it.
    if text.isascii():
        codes: NDArray[Any] = np.frombuffer(b" " + text.encode("ascii").translate(_SPACED), dtype=np.uint8)
    else:
        codes = np.frombuffer(f" {text}".encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        codes = np.where(_IS_WORD.take(np.minimum(codes, _LAST)), codes, _SPACE)
    # Whatever is in a word is greater than a space.
    places = (np.maximum(codes[1:], codes[:-1]) > _SPACE).nonzero()[0]
    return codes[1:].take(places).astype(np.uint64), places
