"""Which attempt comes when, and which are done."""

from collections.abc import Iterator
from typing import NamedTuple


class Key(NamedTuple):
    """The name of an attempt within its campaign: no two attempts share one."""

    cell: int
    prompt: int
    trial: int


class Schedule:
    """All attempts of a plan: prompt by prompt over all cells, so that a campaign cut short covers every cell alike."""

    def __init__(self, *, cells: int, prompts: int, trials: int) -> None:
        self._cells, self._prompts, self._trials = cells, prompts, trials
        self._done = bytearray(cells * prompts * trials)
        self.finished = 0

    def __len__(self) -> int:
        """How many attempts are planned."""
        return len(self._done)

    def mark(self, key: Key) -> None:
        """Note that an attempt is recorded; noting it again changes nothing."""
        cell, prompt, trial = key
        position = (cell * self._prompts + prompt) * self._trials + trial
        self.finished += not self._done[position]
        self._done[position] = 1

    def pending(self) -> Iterator[Key]:
        """The attempts that are not recorded yet, each once."""
        done, step = self._done, self._prompts * self._trials
        for first in range(step):
            prompt, trial = divmod(first, self._trials)
            for cell in range(self._cells):
                if not done[cell * step + first]:
                    yield Key(cell, prompt, trial)
