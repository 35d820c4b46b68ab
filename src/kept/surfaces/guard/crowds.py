"""How many connections one caller may hold, so that nobody keeps everybody else out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from kept.interface.allowance import caller_of


class Connection(Protocol):
    """What is counted."""

    @property
    def is_idle(self) -> bool:
        """Whether it waits for another request, so that little is lost when it goes."""

    def let_go(self) -> None:
        """End it."""


class Crowd:
    """Lets in at most `each` connections of a caller; one that is idle makes room for another of the same caller.

    `proxies` speak for many, and aren't counted: how much each of those may hold is theirs to say.
    """

    def __init__(self, each: int, *, proxies: Iterable[str] = ()) -> None:
        self._each = each
        self._proxies = frozenset(proxies)
        # A dictionary keeps its order: the first is the one that came first.
        self._held: dict[str, dict[Connection, None]] = {}

    def enter(self, connection: Connection, address: str) -> bool:
        """Whether a connection is let in; it counts until it leaves."""
        if address in self._proxies:
            return True
        caller = caller_of(address)
        held = self._held.setdefault(caller, {})
        if len(held) >= self._each:
            idle = next((each for each in held if each.is_idle), None)
            if idle is None:
                return False
            del held[idle]
            idle.let_go()
        held[connection] = None
        return True

    def leave(self, connection: Connection, address: str) -> None:
        """A connection has ended, or was never let in."""
        caller = caller_of(address)
        held = self._held.get(caller, {})
        held.pop(connection, None)
        if not held:
            self._held.pop(caller, None)
