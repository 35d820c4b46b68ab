"""Verbatim overlap: what a text has in common with prompts that few people sent.

The text is fingerprinted whole, and the prompts stream past it, so that any run of 32 letters that both have is found
(Schleimer, Wilkerson and Aiken 2003 keep a share of the fingerprints instead, where both sides must be stored).
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from kept.practices.sharing.methods.fingerprints.grams import Hashes, lettered
from kept.practices.sharing.methods.normalising import normalise
from kept.practices.sharing.methods.scanning.finding import Finding

RUN = 32
"""How many letters, digits and single spaces in a row make an overlap."""
COMMON = 5
"""What as many people sent is nobody's own words."""
_STEPS = (1, 2, 4, 8, 16)
_PIECE, _SEAM = 200_000, 16 * RUN
_FACTOR = 0x9E3779B97F4A7C15


class Overlap:
    """Watches prompts go by, for the runs that a text has in common with them."""

    def __init__(self, text: str, *, common: int = COMMON) -> None:
        self._common = common
        self._text = normalise(text)
        codes, self._places = lettered(self._text.text)
        runs = _runs(codes)
        self._order: NDArray[np.intp] = np.argsort(runs, kind="stable")
        self._sorted = runs[self._order]
        self._senders: dict[int, set[str]] = {}
        self.prompts = 0

    def see(self, prompt: str, sender: str = "") -> None:
        """One more prompt, and a pseudonym of who sent it; "" counts as nobody in particular."""
        self.prompts += 1
        if not len(self._sorted):
            return
        # A few letters of Unicode stand for eighteen each: pieces bound what a long prompt takes in memory.
        for start in range(0, max(1, len(prompt)), _PIECE):
            self._see(prompt[start : start + _PIECE + _SEAM], sender)

    def _see(self, prompt: str, sender: str) -> None:
        runs = _runs(lettered(normalise(prompt).text)[0])
        places = np.minimum(np.searchsorted(self._sorted, runs), len(self._sorted) - 1)
        for run in np.unique(runs[self._sorted[places] == runs]).tolist():
            senders = self._senders.setdefault(run, set())
            if sender and len(senders) < self._common:
                senders.add(sender)

    def findings(self) -> tuple[Finding, ...]:
        """The spans of the text that fewer than `common` known people sent."""
        own = [run for run, senders in self._senders.items() if len(senders) < self._common]
        if not own:
            return ()
        marked = np.zeros(len(self._places), dtype=bool)
        for place in np.flatnonzero(np.isin(self._sorted, np.array(own, dtype=np.uint64))):
            begins = self._order[place]
            marked[begins : begins + RUN] = True
        return tuple(self._spans(marked.tolist()))

    def _spans(self, marked: Sequence[bool]) -> Iterator[Finding]:
        place = 0
        for held, group in groupby(marked):
            length = len(list(group))
            if held:
                start, end = int(self._places[place]), int(self._places[place + length - 1]) + 1
                yield Finding("words of a logged prompt", *self._text.original(start, end))
            place += length


def _runs(codes: Hashes) -> Hashes:
    """The polynomial hash of every run of 32 letters, by doubling; fewer letters have none."""
    found = codes
    for step in _STEPS:
        if len(found) <= step:
            return found[:0]
        found = found[:-step] * np.uint64(pow(_FACTOR, step, 1 << 64)) + found[step:]
    mixed: Hashes = (found ^ found >> np.uint64(32)) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed
