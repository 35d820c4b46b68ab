"""Which of many sketched texts a prompt holds, edited or not.

Each text is found by 48 hashes of its sketch that few others have: common turns of phrase, which make unrelated texts
look alike, then cost nothing. What is found is verified by the whole sketch.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kept.practices.sharing.methods.fingerprints.grams import Hashes
from kept.practices.sharing.methods.fingerprints.sketches import SIZE

THRESHOLD = 0.37
"""Which share of a sketch must occur: of a text with a tenth of its characters changed 0.9^7 = 0.48 does."""
LEAST = 32
"""A sketch of fewer hashes is too short to tell by: its text has fewer than 38 characters."""
KEYS = 48
# A hash that as many sketches have is still worth finding texts by.
_COMMON = 200
_CALLED = 0.14
# Sketches hold the least hashes, so that their first bits say little.
_MIDDLE = np.uint64(20)
_VERIFIED = 256
_GATHERED = 50_000
_TABLE_BITS = (12, 26)


class Nearest:
    """An index that nothing changes once it is built."""

    def __init__(self, sketches: Sequence[Hashes]) -> None:
        self._sketches = tuple(sketches)
        chosen, owners = _keys(self._sketches)
        order = np.argsort(chosen, kind="stable")
        self._owners: NDArray[np.int64] = owners[order]
        self._keys, starts = np.unique(chosen[order], return_index=True)
        self._bounds: NDArray[np.int64] = np.append(starts, len(owners)).astype(np.int64)
        self._lengths = np.array([len(each) for each in self._sketches], dtype=np.int64)
        self._called = np.maximum(4, np.ceil(_CALLED * np.minimum(self._lengths, KEYS))).astype(np.int64)
        # Shorter sketches are filled up with 0, which no hash becomes.
        self._shorts = np.zeros((len(self._sketches), SIZE), dtype=np.uint16)
        for place, sketch in enumerate(self._sketches):
            self._shorts[place, : len(sketch)] = _short(sketch)
        bits = min(max(len(self._keys).bit_length() + 3, _TABLE_BITS[0]), _TABLE_BITS[1])
        self._mask = np.uint64((1 << bits) - 1)
        self._table = np.zeros(1 << bits, dtype=bool)
        self._table[self._keys >> _MIDDLE & self._mask] = True
        self._greatest = self._keys[-1] if len(self._keys) else np.uint64(0)

    @classmethod
    def of(cls, sketches: Sequence[Hashes]) -> Self:
        """The index of these sketches, named by their places. Those with fewer than `LEAST` hashes are never found."""
        return cls([each if len(each) >= LEAST else each[:0] for each in sketches])

    def __len__(self) -> int:
        return len(self._sketches)

    def find(self, hashed: Hashes) -> list[tuple[int, float]]:
        """The places of the sketches that a text with these hashes holds, and which share of each, nearest first."""
        if not len(self._keys) or not len(hashed):
            return []
        ordered = np.sort(hashed)
        called = self._likely(self._call(ordered), ordered)
        found = zip(called.tolist(), self._held(called, ordered), strict=True)
        return sorted((each for each in found if each[1] >= THRESHOLD), key=lambda each: (-each[1], each[0]))

    def _call(self, ordered: Hashes) -> NDArray[np.int64]:
        """The sketches of whose keys enough occur, at most 256, those with the most first."""
        low = ordered[: np.searchsorted(ordered, self._greatest, side="right")]
        maybe = low[self._table[low >> _MIDDLE & self._mask]]
        maybe = maybe[np.append(maybe[1:] != maybe[:-1], True)] if len(maybe) else maybe
        places = np.searchsorted(self._keys, maybe)
        places = places[self._keys[places] == maybe]
        starts, lengths = self._bounds[places], self._bounds[places + 1] - self._bounds[places]
        if lengths.sum() > _GATHERED:
            # The rarest keys first: what the bound on the work leaves out says least.
            order = np.argsort(lengths, kind="stable")
            within = order[np.cumsum(lengths[order]) <= _GATHERED]
            starts, lengths = starts[within], lengths[within]
        ends = np.cumsum(lengths)
        jumps = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + lengths, lengths)
        votes = np.bincount(self._owners[jumps], minlength=len(self._sketches))
        enough = np.flatnonzero(votes >= self._called)
        chosen: NDArray[np.int64] = enough[np.argsort(-votes[enough], kind="stable")[:_VERIFIED]]
        return chosen

    def _likely(self, called: NDArray[np.int64], ordered: Hashes) -> NDArray[np.int64]:
        """Those of the sketches that pass by 16 bits of each hash: a few more than those that pass."""
        if not len(called):
            return called
        there = np.zeros(1 << 16, dtype=bool)
        there[_short(ordered)] = True
        shares = there[self._shorts[called]].sum(axis=1)
        likely: NDArray[np.int64] = called[shares >= THRESHOLD * self._lengths[called]]
        return likely

    def _held(self, places: NDArray[np.int64], ordered: Hashes) -> list[float]:
        """Which share of each of these sketches occurs: all are looked up at once, since each call has its price."""
        if not len(places):
            return []
        sketches = [self._sketches[place] for place in places]
        together = np.concatenate(sketches)
        at = np.searchsorted(ordered, together)
        at[at == len(ordered)] = 0
        counts = np.add.reduceat(ordered[at] == together, np.cumsum([0, *map(len, sketches[:-1])]), dtype=np.int64)
        shares: list[float] = (counts / self._lengths[places]).tolist()
        return shares


def _short(hashed: Hashes) -> NDArray[np.uint16]:
    found: NDArray[np.uint16] = np.maximum(hashed >> _MIDDLE & np.uint64(0xFFFF), 1).astype(np.uint16)
    return found


def _keys(sketches: Sequence[Hashes]) -> tuple[Hashes, NDArray[np.int64]]:
    """For each sketch the hashes to find it by, and whose they are.

    Half are those that the fewest sketches have. An edited copy of another text has those from its edits, which the
    other lacks; so the other half are its least hashes that not too many sketches have.
    """
    if not any(map(len, sketches)):
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    everything = np.concatenate(sketches)
    lengths = np.array([len(each) for each in sketches])
    owners = np.repeat(np.arange(len(sketches)), lengths)
    _, inverse, counts = np.unique(everything, return_inverse=True, return_counts=True)
    having = counts[inverse]
    begins = np.repeat(np.cumsum(lengths) - lengths, lengths)
    rarest = np.lexsort((everything, having, owners))
    chosen = np.zeros(len(everything), dtype=bool)
    chosen[rarest[np.arange(len(everything)) - begins < KEYS // 2]] = True
    eligible = ~chosen & (having <= max(_COMMON, len(sketches) // 50))
    before = np.append(0, np.cumsum(eligible))
    chosen |= eligible & (before[1:] - before[begins] <= KEYS // 2)
    return everything[chosen], owners[chosen]
