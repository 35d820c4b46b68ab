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

Places = NDArray[np.int64]

THRESHOLD = 0.37
"""Which share of a sketch must occur: of a text with a tenth of its characters changed 0.9^7 = 0.48 does."""
LEAST = 32
"""A sketch of fewer hashes is too short to tell by: its text has fewer than 38 characters."""
KEYS = 48
# A hash that as many sketches have is still worth finding texts by.
_COMMON = 200
_CALLED = 0.14
# Which bits tell hashes apart. Sketches hold the least hashes, so that their first bits say little.
_WINDOWS = (20, 38)
_VERIFIED = 256
_GATHERED = 50_000
_TABLE_BITS = (12, 26)


class Nearest:
    """An index that nothing changes once it is built."""

    def __init__(self, sketches: Sequence[Hashes]) -> None:
        chosen, owners = _keys(sketches)
        order = np.argsort(chosen, kind="stable")
        self._owners: Places = owners[order]
        self._keys, starts = np.unique(chosen[order], return_index=True)
        self._bounds: Places = np.append(starts, len(owners)).astype(np.int64)
        self._lengths = np.array([len(each) for each in sketches], dtype=np.int64)
        self._called = np.maximum(4, np.ceil(_CALLED * np.minimum(self._lengths, KEYS))).astype(np.int64)
        # Shorter sketches are filled up with 0, which no hash becomes.
        self._sketches = np.zeros((len(sketches), SIZE), dtype=np.uint64)
        for place, sketch in enumerate(sketches):
            self._sketches[place, : len(sketch)] = sketch
        self._width = min(max(len(self._keys).bit_length() + 3, _TABLE_BITS[0]), _TABLE_BITS[1])
        self._tables = tuple(np.zeros(1 << self._width, dtype=bool) for _ in _WINDOWS)
        for table, window in zip(self._tables, _WINDOWS, strict=True):
            table[_bits(self._keys, window, self._width)] = True

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
        passed = np.flatnonzero(shares >= THRESHOLD)
        passed = passed[np.lexsort((called[passed], -shares[passed]))]
        return list(zip(called[passed].tolist(), shares[passed].tolist(), strict=True))

    def _known(self, hashed: Hashes) -> Places:
        """The places of the keys that are among these hashes."""
        for table, window in zip(self._tables, _WINDOWS, strict=True):
            hashed = hashed[table.take(_bits(hashed, window, self._width))]
        if not len(hashed):
            return np.zeros(0, dtype=np.int64)
        maybe = np.sort(hashed)
        places = np.searchsorted(self._keys, maybe)
        known = self._keys.take(places, mode="clip") == maybe
        # What occurs several times counts once.
        known[1:] &= maybe[1:] != maybe[:-1]
        found: Places = places[known]
        return found

    def _call(self, known: Places) -> Places:
        """The sketches that have enough of these keys, at most 256, those with the most first."""
        starts = self._bounds.take(known)
        lengths = self._bounds.take(known + 1) - starts
        if lengths.sum() > _GATHERED:
            # The rarest keys first: what the bound on the work leaves out says least.
            order = np.argsort(lengths, kind="stable")
            within = order[np.cumsum(lengths[order]) <= _GATHERED]
            starts, lengths = starts[within], lengths[within]
        ends = np.cumsum(lengths)
        jumps = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + lengths, lengths)
        votes = np.bincount(self._owners.take(jumps), minlength=len(self._sketches))
        enough = np.flatnonzero(votes >= self._called)
        chosen: Places = enough[np.argsort(-votes[enough], kind="stable")[:_VERIFIED]]
        return chosen

    def _held(self, places: Places, hashed: Hashes) -> Places:
        """How many hashes of each of these sketches occur among those of a text."""
        ordered, sketches = np.sort(hashed), self._sketches.take(places, axis=0)
        at = np.searchsorted(ordered, sketches.ravel())
        held = ordered.take(at, mode="clip").reshape(sketches.shape) == sketches
        counts: Places = np.count_nonzero(held, axis=1)
        return counts


def _bits(hashed: Hashes, window: int, width: int) -> Places:
    """So many bits of each hash, from the window's first on."""
    found: Places = (hashed >> np.uint64(window) & np.uint64((1 << width) - 1)).view(np.int64)
    return found


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
