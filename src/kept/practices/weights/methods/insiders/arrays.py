"""Arrays that hold one row for each person and grow as people appear, doubling."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

FIRST = 64


class Rows:
    """Named arrays with one row for each person, all of one length; new rows hold `fill`."""

    def __init__(self, fill: Mapping[str, tuple[tuple[int, ...], Any, float]]) -> None:
        """`fill` maps each array's name to the shape of a row, its dtype, and what a new row holds."""
        self._fill = dict(fill)
        self._room = FIRST
        self.arrays: dict[str, NDArray[Any]] = {name: self._new(name, FIRST) for name in self._fill}

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.arrays[name]

    def make_room(self, count: int) -> None:
        """See that there are at least `count` rows."""
        if count <= self._room:
            return
        room = max(count, 2 * self._room)
        for name, array in self.arrays.items():
            larger = self._new(name, room)
            larger[: self._room] = array
            self.arrays[name] = larger
        self._room = room

    def bytes(self) -> int:
        """How many bytes the arrays take."""
        return sum(array.nbytes for array in self.arrays.values())

    def _new(self, name: str, rows: int) -> NDArray[Any]:
        shape, dtype, value = self._fill[name]
        return np.full((rows, *shape), value, dtype=dtype)
