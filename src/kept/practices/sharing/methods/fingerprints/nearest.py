"""Which of many sketched texts a prompt holds, edited or not.

Each text is found by 48 hashes of its sketch that few others have: common turns of phrase, which make unrelated texts
look alike, then cost nothing. What is found is verified by the whole sketch.
"""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from kept.practices.sharing.methods.fingerprints.grams import Hashes
from kept.practices.sharing.methods.fingerprints.lookup import Lookup, turned
from kept.practices.sharing.methods.fingerprints.sketches import SIZE

Places = NDArray[np.integer[Any]]

THRESHOLD = 0.37
"""Which share of a sketch must occur: of a text with a tenth of its characters changed 0.9^7 = 0.48 does."""
LEAST = 32
"""A sketch of fewer hashes is too short to tell by: its text has fewer than 38 characters."""
KEYS = 48
# A hash that as many sketches have is still worth finding texts by.
_COMMON = 200
_CALLED = 0.14
_VERIFIED = 256
_GATHERED = 50_000
_TABLE_BITS = (12, 26)
# Four bytes each, where the filter has one.
_KEY_BITS = 23
_HELD_BITS = 14


class Nearest:
    """An index that nothing changes once it is built."""

    def __init__(self, sketches: Sequence[Hashes]) -> None:
        chosen, owners = _keys(sketches)
        chosen = turned(chosen)
        order = np.argsort(chosen, kind="stable")
        keys, starts = np.unique(chosen[order], return_index=True)
        self._owners = owners[order].astype(np.int32)
        self._ends: Places = np.append(starts[1:], len(owners)).astype(np.int64)
        self._having: Places = self._ends - starts
        # Most hashes are no keys, and one look into a small table says so.
        width = min(max(len(keys).bit_length() + 3, _TABLE_BITS[0]), _TABLE_BITS[1])
        self._last_bits = np.uint64((1 << width) - 1)
        self._maybe = np.zeros(1 << width, dtype=bool)
        self._maybe[(turned(keys) & self._last_bits).view(np.int64)] = True
        self._keys = Lookup(keys, min(width, _KEY_BITS))
        self._lengths = np.array([len(each) for each in sketches], dtype=np.int64)
        self._called = np.maximum(4, np.ceil(_CALLED * np.minimum(self._lengths, KEYS))).astype(np.int64)
        self._greatest: Hashes = np.array([each[-1] if len(each) else 0 for each in sketches], dtype=np.uint64)
        # Shorter sketches are filled up with 0, which no hash becomes.
        self._sketches = np.zeros((len(sketches), SIZE), dtype=np.uint64)
        for place, sketch in enumerate(sketches):
            self._sketches[place, : len(sketch)] = turned(sketch)

    @classmethod
    def of(cls, sketches: Sequence[Hashes]) -> Self:
        """The index of these sketches, named by their places. Those with fewer than `LEAST` hashes are never found."""
        return cls([each if len(each) >= LEAST else each[:0] for each in sketches])

    def __len__(self) -> int:
        return len(self._sketches)

    def find(self, hashed: Hashes) -> list[tuple[int, float]]:
        """The places of the sketches that a text with these hashes holds, and which share of each, nearest first."""
        called = self._call(self._known(hashed))
        if not len(called):
            return []
        shares = self._held(called, hashed) / self._lengths.take(called)
        # In Python, since they are few, and in the order of their places as long as their shares don't differ.
        passed = [each for each in zip(called.tolist(), shares.tolist(), strict=True) if each[1] >= THRESHOLD]
        passed.sort(key=itemgetter(1), reverse=True)
        return passed

    def _known(self, hashed: Hashes) -> Places:
        """The places of the keys that are among these hashes."""
        # `compress` costs half of what an index by truths does.
        maybe = turned(hashed.compress(self._maybe.take((hashed & self._last_bits).view(np.int64))))
        maybe.sort()
        places, known = self._keys.find(maybe)
        # What occurs several times counts once.
        known[1:] &= maybe[1:] != maybe[:-1]
        found: Places = places.compress(known)
        return found

    def _call(self, known: Places) -> Places:
        """The sketches that have enough of these keys, of more than 256 those with the most, in order."""
        ends, lengths = self._ends.take(known), self._having.take(known)
        sums = lengths.cumsum()
        if len(sums) and sums[-1] > _GATHERED:
            # The rarest keys first: what the bound on the work leaves out says least.
            order = np.argsort(lengths, kind="stable")
            within = order[np.cumsum(lengths[order]) <= _GATHERED]
            ends, lengths = ends[within], lengths[within]
            sums = lengths.cumsum()
        ends -= sums
        jumps = ends.repeat(lengths)
        jumps += np.arange(len(jumps))
        votes = np.bincount(self._owners.take(jumps), minlength=len(self._sketches))
        enough: Places = (votes >= self._called).nonzero()[0]
        if len(enough) > _VERIFIED:
            enough = np.sort(enough[np.argsort(-votes[enough], kind="stable")[:_VERIFIED]])
        return enough

    def _held(self, places: Places, hashed: Hashes) -> Places:
        """How many hashes of each of these sketches occur among those of a text."""
        # Sketches hold the least hashes: greater ones are in none of them.
        least = turned(hashed.compress(hashed <= self._greatest.take(places).max()))
        least.sort()
        _, held = Lookup(least, _HELD_BITS).find(self._sketches.take(places, axis=0).ravel())
        counts: Places = np.add.reduce(held.reshape(len(places), SIZE), axis=1, dtype=np.int64)
        return counts


def _keys(sketches: Sequence[Hashes]) -> tuple[Hashes, Places]:
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
