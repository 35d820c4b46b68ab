"""Where hashes stand among others in order: found by their first bits at one look or two, not by halving.

Sketches hold the least hashes, whose first bits say little. So hashes are turned: their bytes come in reverse order.
"""

import numpy as np
from numpy.typing import NDArray

from kept.practices.sharing.methods.fingerprints.grams import Hashes

# Three or more of one beginning aren't all the same: they are told apart by halving after all.
_CROWDED = -1


def turned(hashed: Hashes) -> Hashes:
    """Each hash with its bytes in reverse order."""
    return hashed.byteswap()


class Lookup:
    """Turned hashes in order, of which several may be the same, with a table of where each beginning stands last."""

    def __init__(self, ordered: Hashes, width: int) -> None:
        self._ordered, self._shift = ordered, np.uint64(64 - width)
        begins = (ordered >> self._shift).view(np.int64)
        self._lasts = np.zeros(1 << width, dtype=np.int32)
        # Of several, what is written last stays.
        self._lasts[begins] = np.arange(len(ordered), dtype=np.int32)
        alike = begins[2:] == begins[:-2]
        alike &= ordered[2:] != ordered[:-2]
        crowded = begins[2:].compress(alike)
        self._lasts[crowded] = _CROWDED
        self._is_crowded = len(crowded) > 0

    def find(self, sought: Hashes) -> tuple[NDArray[np.int64], NDArray[np.bool]]:
        """Where each of these turned hashes stands, and whether it does at all; where it doesn't, any place."""
        if not len(self._ordered) or not len(sought):
            return np.zeros(len(sought), dtype=np.int64), np.zeros(len(sought), dtype=bool)
        places = self._lasts.take((sought >> self._shift).view(np.int64)).astype(np.int64)
        if self._is_crowded and places.min() < 0:
            crowded = (places < 0).nonzero()[0]
            places[crowded] = self._ordered.searchsorted(sought.take(crowded))
        # Of two that begin alike the first, if it isn't the last.
        places -= self._ordered.take(places, mode="clip") != sought
        return places, self._ordered.take(places, mode="clip") == sought
