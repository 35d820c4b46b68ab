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
        position = self._position(key)
        self.finished += not self._done[position]
        self._done[position] = 1

    def pending(self) -> Iterator[Key]:
        """The attempts that are not recorded yet, each once."""
        for prompt in range(self._prompts):
            for trial in range(self._trials):
                for cell in range(self._cells):
                    key = Key(cell, prompt, trial)
                    if not self._done[self._position(key)]:
                        yield key

    def _position(self, key: Key) -> int:
        return (key.cell * self._prompts + key.prompt) * self._trials + key.trial
