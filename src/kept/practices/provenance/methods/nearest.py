"""Which of millions of 64-bit codes lie within a few bits of one: multi-index hashing over sorted arrays.

Cut two codes that differ in at most r bits into 4 pieces of 16 bits: some piece differs in at most r // 4 of them
(M. Norouzi, A. Punjani and D. J. Fleet, "Fast exact search in Hamming space with multi-index hashing", 2014, whose
sharper count of the radius for each piece is used here). So only the codes of a few small buckets are looked at. Where
codes crowd into few buckets, as those of blank pictures do, all of them are looked at instead, which is the worst case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

PIECES = 4
BITS = 16
BUCKETS = 1 << BITS
# Bytes that an entry takes: its code and its label, and in each of the tables its place and half of its code.
ENTRY_BYTES = 8 + 4 + (4 + 4) * PIECES
FURTHEST = 15
# A code that is fetched out of order costs about this many that are read in a row.
_SCATTERED = 8
# Codes that are compared at a time, so that what is computed stays in the processor's cache.
_BLOCK = 1 << 15

Codes = NDArray[np.uint64]
Labels = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Near:
    """Those that were found, nearest first, and of equally near ones the lowest label first."""

    labels: Labels
    distances: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Index:
    """Codes with their labels, and for each piece the positions in order of it and where each value begins.

    `halves` holds, in the order of each piece, the 32 bits that follow it in the code, so that most of a bucket is
    ruled out by what lies side by side, and few codes are fetched from all over memory.
    """

    codes: Codes
    labels: Labels
    order: NDArray[np.uint32]
    starts: NDArray[np.uint32]
    halves: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.codes)

    def within(self, code: int, radius: int, *, limit: int = 100) -> Near:
        """The codes that differ from `code` in at most `radius` bits (0 to 15), at most `limit` of them."""
        if not 0 <= radius <= FURTHEST:
            raise ValueError(f"a radius is from 0 to {FURTHEST} bits, not {radius}")
        ranges = self._buckets(code, radius)
        if ranges is None:
            return scan(self.codes, self.labels, code, radius, limit=limit)
        places, asked = ranges
        likely = places[np.bitwise_count(self.halves.ravel()[places] ^ asked) <= radius]
        positions = self.order.ravel()[likely]
        distances = np.bitwise_count(self.codes[positions] ^ np.uint64(code))
        hits = np.flatnonzero(distances <= radius)
        # One that agrees in several pieces was found in each of their tables.
        unique, first = np.unique(positions[hits], return_index=True)
        return _nearest(self.labels[unique], distances[hits[first]], limit)

    def _buckets(self, code: int, radius: int) -> tuple[NDArray[np.int64], NDArray[np.uint32]] | None:
        """Places in the raveled tables to look at, and the half code asked for there; None where all had better be."""
        begins, lengths, halves = [], [], []
        for piece in range(PIECES):
            reach = _reach(radius, piece)
            if reach < 0:
                continue
            values = (code >> (BITS * piece) & (BUCKETS - 1)) ^ _flips(reach)
            begin = self.starts[piece, values].astype(np.int64)
            lengths.append(self.starts[piece, values + 1] - begin)
            begins.append(begin + piece * len(self.codes))
            halves.append(np.full(len(begin), _half(np.uint64(code), piece), np.uint32))
        begin, length = np.concatenate(begins), np.concatenate(lengths)
        ends = np.cumsum(length)
        if ends[-1] * _SCATTERED > len(self.codes) + _BLOCK:
            return None
        places: NDArray[np.int64] = np.arange(ends[-1]) + np.repeat(begin - ends + length, length)
        return places, np.repeat(np.concatenate(halves), length)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What the index consists of, to be kept and given to `from_arrays`."""
        return {name: getattr(self, name) for name in ("codes", "labels", "order", "starts", "halves")}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Index":
        """The index that gave these `arrays`; raises ValueError for arrays that can't be those of one."""
        found = cls(arrays["codes"], arrays["labels"], arrays["order"], arrays["starts"], arrays["halves"])
        count = len(found.codes)
        shapes = (found.labels.shape, found.order.shape, found.starts.shape, found.halves.shape)
        if shapes != ((count,), (PIECES, count), (PIECES, BUCKETS + 1), (PIECES, count)) or any(
            found.starts[:, -1] != count
        ):
            raise ValueError("the arrays do not fit together")
        return found


def build(codes: Codes, labels: Labels) -> Index:
    """The index of these codes; takes 44 bytes for each, and 16 more while it is built."""
    if len(codes) != len(labels) or len(codes) > np.iinfo(np.uint32).max:
        raise ValueError("codes and labels must be as many, and fewer than 2³²")
    order = np.empty((PIECES, len(codes)), np.uint32)
    halves = np.empty((PIECES, len(codes)), np.uint32)
    starts = np.zeros((PIECES, BUCKETS + 1), np.uint32)
    for piece in range(PIECES):
        values = codes >> np.uint64(BITS * piece) & np.uint64(BUCKETS - 1)
        starts[piece, 1:] = np.cumsum(np.bincount(values.view(np.int64), minlength=BUCKETS))
        # Sorting the value together with its place is faster than asking for the places.
        placed = values << np.uint64(32)
        placed |= np.arange(len(codes), dtype=np.uint64)
        placed.sort()
        order[piece] = placed.astype(np.uint32)  # which keeps the lower half
        halves[piece] = _half(codes, piece)[order[piece]]
    return Index(codes, labels, order, starts, halves)


def scan(codes: Codes, labels: Labels, code: int, radius: int, *, limit: int = 100) -> Near:
    """The same answer by looking at every code, which needs no index."""
    found: list[NDArray[np.int64]] = []
    for begin in range(0, len(codes), _BLOCK):
        near = np.bitwise_count(codes[begin : begin + _BLOCK] ^ np.uint64(code)) <= radius
        if near.any():
            found.append(np.flatnonzero(near) + begin)
    hits = np.concatenate(found) if found else np.empty(0, np.int64)
    return _nearest(labels[hits], np.bitwise_count(codes[hits] ^ np.uint64(code)), limit)


def merged(first: Near, second: Near, *, limit: int = 100) -> Near:
    """The nearest of both."""
    labels = np.concatenate((first.labels, second.labels))
    return _nearest(labels, np.concatenate((first.distances, second.distances)), limit)


def _nearest(labels: Labels, distances: NDArray[np.uint8], limit: int) -> Near:
    kept = np.lexsort((labels, distances))[:limit]
    return Near(labels[kept], distances[kept])


def _reach(radius: int, piece: int) -> int:
    """How many bits of a piece may differ: with r = 4 a + b, a in the first b + 1 pieces and a - 1 in the others."""
    whole, rest = divmod(radius, PIECES)
    return whole if piece <= rest else whole - 1


def _half(codes: Any, piece: int) -> Any:
    """The 32 bits that follow a piece, around the end of the code."""
    turn = BITS * (piece + 1) % 64
    turned = codes if turn == 0 else codes >> np.uint64(turn) | codes << np.uint64(64 - turn)
    return turned.astype(np.uint32)


@cache
def _flips(reach: int) -> NDArray[np.int64]:
    """Every number of 16 bits of which at most `reach` are set."""
    return np.flatnonzero(np.bitwise_count(np.arange(BUCKETS, dtype=np.uint32)) <= reach)
