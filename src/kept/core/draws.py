"""Draws from a text: what is generated from a seed is the same on every machine, in every version of Python."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """An endless stream of draws that depend on a text alone: BLAKE2b (RFC 7693) in counter mode, keyed by it."""

    __slots__ = ("_count", "_key")

    def __init__(self, about: str) -> None:
        self._key = hashlib.sha256(about.encode()).digest()
        self._count = 0

    def below(self, stop: int) -> int:
        """A whole number in 0..stop-1; `stop` is far below 2^128, so that no number is likelier than another."""
        self._count += 1
        digest = hashlib.blake2b(self._count.to_bytes(8), key=self._key).digest()
        return int.from_bytes(digest[:16]) % stop

    def choice(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.below(len(items))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in a drawn order."""
        rest = list(items)
        return [rest.pop(self.below(len(rest))) for _ in range(len(rest))]

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different items, in a drawn order."""
        rest = list(items)
        return [rest.pop(self.below(len(rest))) for _ in range(count)]

    def rate(self, low: int, high: int) -> float:
        """A multiple of 0.05 in low/20..high/20."""
        return (low + self.below(high - low + 1)) / 20
