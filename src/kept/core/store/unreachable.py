"""The store of a workspace that can't be opened now, for what a room can answer without one."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, TypeVarTuple

from sqlalchemy import Connection, Row, Select, Table

from kept.core.store import Store
from kept.errors import KeptError

T = TypeVar("T")
R = TypeVarTuple("R")


class UnreachableStore(Store):
    """Raises, at every use, what opening the store raised."""

    def __init__(self, error: KeptError) -> None:
        self._error = error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Raises."""
        raise self._again()
        yield  # a context manager is a generator

    def rows(self, query: Select[*R], values: Mapping[str, Any] | None = None) -> Sequence[Row[*R]]:
        """Raises."""
        raise self._again()

    def state(self) -> str:
        """Raises."""
        raise self._again()

    def write(self, work: Callable[[Connection], T]) -> T:
        """Raises."""
        raise self._again()

    def erase(self, work: Callable[[Connection], T]) -> T:
        """Raises."""
        raise self._again()

    def written(self, table: Table, row: Mapping[str, Any]) -> Awaitable[None]:
        """Raises."""
        raise self._again()

    def close(self) -> None:
        """Nothing was opened."""

    def _again(self) -> KeptError:
        error = self._error
        return type(error)(error.message, code=error.code, hint=error.hint)
