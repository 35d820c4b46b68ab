"""How much may be spent on a model, and how often it may fail."""

from collections import deque
from dataclasses import dataclass, field

from kept.errors import Unavailable

WINDOW = 100
MINIMUM = 10


class BudgetExhausted(Unavailable):
    """The requests or tokens set aside for this model are used up."""


class ErrorBudgetSpent(Unavailable):
    """Too large a share of the latest requests failed for good: the model counts as unreachable."""


@dataclass(slots=True)
class Budget:
    """Requests (each try counts, as a provider bills it) and tokens; None is unlimited.

    Tokens are known only once an answer is there, so that the answers in flight may overrun the budget:
    by at most `concurrency` times what one answer takes.
    """

    requests: int | None = None
    tokens: int | None = None
    requests_used: int = 0
    tokens_used: int = 0

    def take_request(self) -> None:
        """Count one try. Raises BudgetExhausted when there is none left, or no token."""
        if self.requests is not None and self.requests_used >= self.requests:
            raise _exhausted(f"{self.requests} requests")
        if self.tokens is not None and self.tokens_used >= self.tokens:
            raise _exhausted(f"{self.tokens} tokens")
        self.requests_used += 1

    def take_tokens(self, reported: int, *, exchanged: int) -> None:
        """Count an answer's tokens; where the endpoint reports none, one for every four of the bytes exchanged."""
        self.tokens_used += reported or (exchanged + 3) // 4


@dataclass(slots=True)
class ErrorBudget:
    """The share of the last 100 requests, in 0..1, that may have failed; judged from the tenth request on.

    Once spent it stays spent: whoever wants to go on opens the model anew.
    """

    share: float
    spent: bool = False
    _latest: deque[bool] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _failures: int = 0

    def check(self) -> None:
        """Raises ErrorBudgetSpent."""
        if self.spent:
            raise ErrorBudgetSpent(
                f"More than {self.share:.0%} of the last {len(self._latest)} requests failed; no more are sent.",
                code="model.error-budget",
                hint="See why the endpoint fails, then run again: finished attempts are not repeated.",
            )

    def count(self, *, failed: bool) -> None:
        """Take note of how a request ended, after its retries."""
        if len(self._latest) == WINDOW:
            self._failures -= self._latest[0]
        self._latest.append(failed)
        self._failures += failed
        if failed and len(self._latest) >= MINIMUM and self._failures > self.share * len(self._latest):
            self.spent = True


def _exhausted(what: str) -> BudgetExhausted:
    return BudgetExhausted(
        f"The budget of {what} for this model is used up.",
        code="model.budget",
        hint="Raise the budget and run again: finished attempts are not repeated.",
    )
