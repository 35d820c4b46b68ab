"""The graph of approvals: pairs who approve each other far more often than chance among the approvers would have it."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from math import log10
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Pair = tuple[int, int]
KEEP = 1 - 1 / 90
"""What a day leaves of the weight of earlier approvals."""
LIMIT = 200_000
"""How many ordered pairs are kept at most; the lightest go first."""
STRANGE = 4.0
"""From which strength a pair counts as one that approves each other."""
_LEAST = 0.5
_LIGHT = 0.05


@dataclass(frozen=True, slots=True)
class Mutual:
    """Two people who approve each other: how often each way (recent days weigh more), and how little that is chance.

    `strength` is the negative decimal logarithm of the chance of both, each approver drawn as others draw theirs.
    """

    first: int
    second: int
    first_by_second: float
    second_by_first: float
    strength: float


class Pairs:
    """Who approved whose requests; memory is bounded by LIMIT pairs."""

    def __init__(self) -> None:
        self.count: dict[Pair, float] = {}
        self.given: dict[int, float] = {}
        self.got: dict[int, float] = {}
        self.total = 0.0

    def learn(self, approvals: Iterable[Pair]) -> None:
        """Take in the approvals of one day, each an approver and whose request it was."""
        self.count, self.given, self.got = _faded(self.count), _faded(self.given), _faded(self.got)
        self.total *= KEEP
        for (approver, asker), times in Counter(approvals).items():
            self.count[approver, asker] = self.count.get((approver, asker), 0.0) + times
            self.given[approver] = self.given.get(approver, 0.0) + times
            self.got[asker] = self.got.get(asker, 0.0) + times
            self.total += times
        if len(self.count) > LIMIT:
            for pair in sorted(self.count, key=self.count.__getitem__)[: len(self.count) - LIMIT]:
                del self.count[pair]

    def strength(self, first: int, second: int) -> float:
        """How little the pair is explained by chance (`Mutual`); 0 where one of them never approves the other."""
        if min(self.count.get((first, second), 0.0), self.count.get((second, first), 0.0)) < _LEAST:
            return 0.0
        return self._excess(first, second) + self._excess(second, first)

    def strange(self) -> tuple[Mutual, ...]:
        """Every pair that is beyond STRANGE, the strongest first."""
        found = [
            Mutual(first, second, self.count[second, first], self.count[first, second], self.strength(first, second))
            for first, second in self.count
            if first < second and (second, first) in self.count
        ]
        return tuple(sorted((each for each in found if each.strength >= STRANGE), key=lambda each: -each.strength))

    def _excess(self, approver: int, asker: int) -> float:
        """How little chance explains so many of the asker's approvals by this approver: Poisson, -log10 P(as many).

        What is expected is the approver's share of the approvals that all others got from anybody but the asker: where
        only three people may approve at all, two of them meeting often is no news.
        """
        from scipy.special import gammainc

        mine, back = self.count[approver, asker], self.count.get((asker, approver), 0.0)
        by_approver = self._of(self.given, approver) - mine
        by_anyone = self.total - self._of(self.got, approver) - self._of(self.got, asker)
        by_anyone -= self._of(self.given, asker) - back
        share = min(max(by_approver, 0.0) + 1.0, max(by_anyone, 0.0) + 1.0) / (max(by_anyone, 0.0) + 1.0)
        return -log10(max(float(gammainc(mine, self._of(self.got, asker) * share)), 1e-12))

    @staticmethod
    def _of(table: dict[int, float], who: int) -> float:
        return table.get(who, 0.0)


def _faded(table: dict[Key, float]) -> dict[Key, float]:
    return {key: weight * KEEP for key, weight in table.items() if weight * KEEP >= _LIGHT}
