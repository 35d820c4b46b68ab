"""Egress budgets: how many bytes may still leave, in any span of time, for one person, team or host, or for everyone.

A span is counted in slices of a 48th of its length, and a slice is forgotten once all of it lies outside the span. So
in no span, wherever it begins, more leaves than the budget says, and memory is bounded. Long spans catch a slow leak.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from typing import get_args

from kept.errors import Invalid
from kept.practices.weights.methods.amounts import read_bytes, read_span
from kept.practices.weights.records.access import Budget, Kind, Room, Scope

SLICES = 48
UNBOUNDED = 1 << 62
_SCOPES: tuple[Scope, ...] = get_args(Scope)
_RULE = re.compile(r"(export )?(\w+) (\w+) ([\w.]+)", re.ASCII)
_LONGEST = 400 * 86_400


def read_budget(text: str) -> Budget:
    """The budget that "person 1d 200GB" or "export everyone 30d 1TB" says. Raises Invalid."""
    found = _RULE.fullmatch(" ".join(text.split()))
    scope = next((each for each in _SCOPES if found and each == found[2]), None)
    if found is None or scope is None or (seconds := read_span(found[3])) > _LONGEST:
        raise Invalid(
            f"{text[:80]!r} is not a budget.",
            code="budget.malformed",
            hint="Write who, how long and how much: person 1d 200GB; export everyone 30d 1TB. At most 400 days.",
        )
    kind: Kind = "export" if found[1] else "read"
    return Budget(scope, kind, seconds, read_bytes(found[4]), found[0])


class Spending:
    """What left so far, by budget and by whom. Times are milliseconds since 1970, and never run backwards."""

    def __init__(self, budgets: Iterable[Budget]) -> None:
        self._budgets = tuple(budgets)
        self._slices: dict[tuple[int, str], _Slices] = {}

    @property
    def longest(self) -> int:
        """How far back, in milliseconds, what left still counts."""
        return max((_width(budget) * (SLICES + 1) for budget in self._budgets), default=0)

    def room(self, now: int, kind: Kind, who: Mapping[str, str]) -> Room:
        """What may still leave now; `who` names the person, the team and the host."""
        found = Room(UNBOUNDED, "")
        for place, budget in self._applying(kind):
            slices = self._slices.get((place, who.get(budget.scope, "")))
            left = budget.bytes - (slices.total(now) if slices else 0)
            if left < found.bytes:
                found = Room(max(left, 0), budget.text)
        return found

    def charge(self, moment: int, kind: Kind, who: Mapping[str, str], amount: int) -> None:
        """Count what left at a moment; a negative amount gives back what was set aside then and never left."""
        for place, budget in self._applying(kind):
            key = (place, who.get(budget.scope, ""))
            if key not in self._slices:
                self._slices[key] = _Slices(_width(budget))
            self._slices[key].add(moment, amount)

    def forget(self, now: int) -> None:
        """Let go of everyone of whom nothing counts any more."""
        self._slices = {key: slices for key, slices in self._slices.items() if slices.total(now)}

    def _applying(self, kind: Kind) -> Iterable[tuple[int, Budget]]:
        return (
            (place, budget) for place, budget in enumerate(self._budgets) if budget.kind == "read" or kind == "export"
        )


class _Slices:
    """Bytes by slice of time, oldest first, and their sum."""

    __slots__ = ("_held", "_sum", "_width")

    def __init__(self, width: int) -> None:
        self._width = width
        self._held: deque[list[int]] = deque()
        self._sum = 0

    def add(self, moment: int, amount: int) -> None:
        number = moment // self._width
        for held in reversed(self._held):
            if held[0] == number:
                # Never below nothing: what was forgotten can't be given back.
                change = max(amount, -held[1])
                held[1] += change
                self._sum += change
                return
            if held[0] < number:
                break
        if amount > 0:
            self._sum += amount
            self._held.append([number, amount])
            if len(self._held) > 1 and self._held[-2][0] > number:
                self._held = deque(sorted(self._held))

    def total(self, now: int) -> int:
        oldest = now // self._width - SLICES
        while self._held and self._held[0][0] < oldest:
            self._sum -= self._held.popleft()[1]
        return self._sum


def _width(budget: Budget) -> int:
    return max(1, budget.seconds * 1000 // SLICES)
