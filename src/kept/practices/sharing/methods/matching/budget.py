"""What the expressions of one peer may cost a prompt: counted in RE2's instructions, so that it is the same everywhere.

RE2 takes time linear in the prompt and, at worst, in the size of the program: half a nanosecond to three for each
instruction and byte. A clock would say more, and would say something else each time.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]

INSTRUCTIONS = 25_000
"""How many instructions the expressions of one peer that run on one prompt have at most, together.

Ten thousand usual patterns, each of which needs three words, have 13,000 in the worst of a thousand prompts of 4 KB.
"""


class Budget:
    """Which of the expressions that a prompt calls are run on it. Expressions are named by their places."""

    def __init__(self, sizes: Sequence[int], peers: Sequence[str], *, own: str, most: int) -> None:
        self._most = most
        self._sizes = np.array(sizes, dtype=np.int64)
        self._largest = max(sizes, default=0)
        self._names = sorted(set(peers) - {own})
        numbers = {name: number for number, name in enumerate(self._names)}
        # What is our own is always run, and has no number.
        self._peers = np.array([numbers.get(peer, -1) for peer in peers], dtype=np.intp)

    def within(self, called: Indices) -> tuple[Indices, tuple[str, ...]]:
        """Those that are run, in order, and the peers of which some aren't. Of each peer the smallest go first."""
        # Most prompts call so few that it doesn't matter which.
        if len(called) * self._largest <= self._most:
            return called, ()
        sizes = self._sizes.take(called)
        if sizes.sum() <= self._most:
            return called, ()
        peers = self._peers.take(called)
        order = np.lexsort((sizes, peers))
        sizes, peers = sizes.take(order), peers.take(order)
        spent = np.cumsum(sizes)
        begins = np.searchsorted(peers, peers)
        run = (spent - (spent - sizes).take(begins) <= self._most) | (peers < 0)
        left = np.unique(peers.compress(~run))
        return np.sort(called.take(order.compress(run))), tuple(self._names[number] for number in left.tolist())
