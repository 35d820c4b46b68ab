"""Whether two reports are one weakness, however they are worded: shingles of what is said, and signatures compared.

A signature holds the 128 minima of a MinHash (Broder 1997) over keyed digests of shingles; the share of equal minima
estimates the shingles' Jaccard similarity. Whoever lacks the key can compare two signatures, and can't tell whether a
text that they guess made one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from kept.core.replay import Script
from kept.core.spreading import spread

MINIMA = 128
SHINGLE = 5  # characters
THRESHOLD = 0.45
"""The share of equal minima from which two reports count as one weakness; measured by bench/disclosure_replay.py."""

_LETTERS = re.compile(r"[^\w]+|_+")
_VALUES = 4  # values of a slot that take part


def shingles(script: Script) -> frozenset[str]:
    """Every five characters in a row of what a user says, in small letters, without marks, signs and spaces."""
    text = " ".join(_said(script))
    plain = _LETTERS.sub(" ", _folded(text)).strip()
    return frozenset(plain[at : at + SHINGLE] for at in range(max(1, len(plain) - SHINGLE + 1)))


def keyed(texts: Iterable[str], *, key: bytes) -> list[bytes]:
    """A digest of each text under a key of up to 64 bytes."""
    return [blake2b(text.encode(errors="surrogatepass"), key=key, digest_size=8).digest() for text in texts]


def likeness(one: bytes, other: bytes) -> float:
    """The share of minima that two signatures have in common; 0 for signatures of other kinds."""
    if len(one) != len(other) or not one or len(one) % 4:
        return 0.0
    minima = len(one) // 4
    return sum(one[4 * at : 4 * at + 4] == other[4 * at : 4 * at + 4] for at in range(minima)) / minima


def apart(signatures: bytes) -> tuple[bytes, ...]:
    """The signatures that stand one after another, one for each conversation of a report."""
    size = 4 * MINIMA
    return tuple(signatures[at : at + size] for at in range(0, len(signatures), size))


def nearest(signature: bytes, known: Iterable[tuple[str, bytes]]) -> tuple[str, float] | None:
    """The name of the most alike signature at or above the threshold, and how alike it is; the first of equals."""
    best: tuple[str, float] | None = None
    for name, held in known:
        found = likeness(signature, held)
        if found >= THRESHOLD and (best is None or found > best[1]):
            best = (name, found)
    return best


def _said(script: Script) -> Iterator[str]:
    for turn in script.turns:
        if turn.role == "user":
            yield turn.content
    for values in script.slots.values():
        yield from values[:_VALUES]


def _folded(text: str) -> str:
    return "".join(letter for letter in spread(text) if not unicodedata.combining(letter)).casefold()
