"""Stopping cells early: what is compared after which prompt, and whether a cell stopped where it had to.

The order in which a cell's prompts are tried is fixed by the plan: prompt j * k + p is the j-th of the p-th of the
cell's k probes, in the plan's order. So what was decided, and after how many prompts, follows from the outcome file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kept.core.estimate import SequentialTest, Stop, stopping_point
from kept.errors import Invalid


@dataclass(frozen=True, slots=True)
class Watched:
    """How the cells of a campaign are watched: each is compared with `bound` at an error of `alpha`.

    `probes` are the plan's, in its order; a cell has at most `prompts`, each of `trials`.
    """

    probes: tuple[str, ...]
    bound: float
    alpha: float
    prompts: int
    trials: int

    def test(self) -> SequentialTest:
        """The test of one cell, before its first prompt."""
        return SequentialTest(bound=self.bound, alpha=self.alpha)

    def stop(self, clusters: Sequence[str]) -> Stop:
        """What is decided about a cell, and after how many of its prompts, which are in their order.

        A prompt that lacks trials, and what follows it, decides nothing.
        """
        return stopping_point(clusters[: self._whole(clusters)], bound=self.bound, alpha=self.alpha)

    def in_order(self, held: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
        """A cell's prompts in the order of their trying, from the outcomes of each of its probes, the empty included.

        Raises Invalid for a probe that the plan does not name.
        """
        unknown = sorted(set(held) - set(self.probes))
        if unknown:
            raise Invalid(f"The plan has no probe {unknown[0]!r}.", code="outcomes.probe")
        rows = [held[probe] for probe in dict.fromkeys(self.probes) if probe in held]
        longest = max(map(len, rows), default=0)
        found = [row[turn] if turn < len(row) else "" for turn in range(longest) for row in rows]
        while found and not found[-1]:
            found.pop()
        return tuple(found)

    def fault(self, clusters: Sequence[str], *, completed: bool) -> str:
        """What is wrong with where a cell stopped, or "": `clusters` are its prompts in their order.

        A completed cell has every trial of each prompt up to the decision, or up to the last of the plan's prompts
        where nothing was decided. In an abandoned one the prompt that was being tried may lack trials.
        """
        whole = self._whole(clusters)
        decision, after = self.stop(clusters)
        if decision != "open" and len(clusters) > after:
            return f"went on after it was found to be {decision} the bound"
        if not completed:
            return "left out a prompt" if len(clusters) > whole + 1 else ""
        if whole < len(clusters):
            return "lacks some of the attempts at a prompt"
        if decision == "open" and whole < self.prompts:
            return "stopped although nothing was decided"
        return ""

    def _whole(self, clusters: Sequence[str]) -> int:
        """How many prompts from the first on have every trial."""
        whole = 0
        while whole < len(clusters) and len(clusters[whole]) == self.trials:
            whole += 1
        return whole
