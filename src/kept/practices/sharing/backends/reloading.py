"""Holds the newest matcher: another is built beside it whenever what is shared has changed, and takes over at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from kept.errors import KeptError

T = TypeVar("T")


class Reloading(Generic[T]):
    """What `build` makes, made anew in a thread of its own when `state` changes; asked as a function.

    While the next is built the one before goes on answering. Where building fails the one before stays, `failed` says
    why, and the next change is tried again.
    """

    def __init__(self, build: Callable[[], T], state: Callable[[], str], *, every: float) -> None:
        self._build, self._state, self._every = build, state, every
        # The state is read first: what changes while the matcher is built is seen at the next look.
        self._of = state()
        self._current = build()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="kept-sharing-reload", daemon=True)
        self.failed: KeptError | None = None

    def __call__(self) -> T:
        """What is newest."""
        return self._current

    def look(self) -> bool:
        """Build anew if anything changed; whether it did."""
        state = self._state()
        if state == self._of:
            return False
        self._current = self._build()
        self._of = state
        return True

    @contextmanager
    def watching(self) -> Iterator[Reloading[T]]:
        """Looks every so many seconds until the end of the block."""
        self._thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(self._every):
            try:
                self.look()
                self.failed = None
            except KeptError as error:
                self.failed = error
