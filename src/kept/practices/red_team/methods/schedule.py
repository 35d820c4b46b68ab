"""Which attempt comes when, and which are done."""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from kept.predicates.stopping import Watched


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

    def mark(self, key: Key, outcome: str) -> None:
        """Note that an attempt is recorded, whatever its outcome; noting it again changes nothing."""
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


class Stepped:
    """The attempts of a plan whose cells are watched: in each cell one prompt after another, until it stops.

    A prompt is given out once every trial of the one before it is recorded and the cell's test is still open, so that
    no attempt is made which the outcomes before it have made needless.
    """

    def __init__(self, *, cells: int, watched: Watched) -> None:
        self._watched = watched
        self._tests = [watched.test() for _ in range(cells)]
        self._outcomes: list[dict[int, dict[int, str]]] = [{} for _ in range(cells)]
        self._ready: deque[Key] | None = None
        self._planned = cells * watched.prompts * watched.trials
        self.finished = 0

    def __len__(self) -> int:
        """How many attempts are planned, those left out that no stopped cell needs any more."""
        return self._planned

    @property
    def complete(self) -> bool:
        """Whether no attempt is left to be made."""
        return self.finished >= self._planned

    def mark(self, key: Key, outcome: str) -> None:
        """Note that an attempt is recorded, and give out what follows from it; noting it again changes nothing."""
        cell, prompt, trial = key
        if prompt < self._tests[cell].prompts:
            return
        held = self._outcomes[cell].setdefault(prompt, {})
        self.finished += trial not in held
        held[trial] = outcome
        self._advance(cell)

    def take(self) -> Key | None:
        """An attempt that may be made now, each once; None while all that is left waits for outcomes."""
        if self._ready is None:
            self._ready = deque()
            for cell in range(len(self._tests)):
                self._offer(cell)
        return self._ready.popleft() if self._ready else None

    def _advance(self, cell: int) -> None:
        test, outcomes, trials = self._tests[cell], self._outcomes[cell], self._watched.trials
        while test.decision == "open" and len(held := outcomes.get(test.prompts, {})) == trials:
            del outcomes[test.prompts]
            if test.add("".join(held[trial] for trial in range(trials))) != "open":
                self._planned -= (self._watched.prompts - test.prompts) * trials
            elif self._ready is not None:
                self._offer(cell)

    def _offer(self, cell: int) -> None:
        """Give out what is not recorded of the prompt that a cell has come to."""
        test = self._tests[cell]
        if self._ready is None or test.decision != "open" or test.prompts == self._watched.prompts:
            return
        held = self._outcomes[cell].get(test.prompts, {})
        self._ready += [Key(cell, test.prompts, trial) for trial in range(self._watched.trials) if trial not in held]
