"""Weights that are read one tensor at a time, so that no model has to fit into memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kept.errors import Invalid
from kept.practices.weights.methods.tracing.numbers import Floats, comparable, numbers, table
from kept.practices.weights.records.traces import Tensor


class Weights(Protocol):
    """A model's tensors by name."""

    @property
    def shapes(self) -> Mapping[str, tuple[str, tuple[int, ...]]]:
        """The type and shape of each tensor."""
        ...

    def read(self, name: str) -> Tensor:
        """One tensor; what it holds may be used until the next is read. Raises Invalid for an unknown name."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """Tensors that are in memory already."""

    tensors: Mapping[str, Tensor] = field(repr=False)

    @property
    def shapes(self) -> Mapping[str, tuple[str, tuple[int, ...]]]:
        """The type and shape of each tensor."""
        return {name: (each.dtype, each.shape) for name, each in self.tensors.items()}

    def read(self, name: str) -> Tensor:
        """One tensor. Raises Invalid for an unknown name."""
        if name not in self.tensors:
            raise Invalid(f"There is no tensor {name[:80]!r}.", code="trace.tensor")
        return self.tensors[name]


@dataclass(frozen=True, slots=True)
class Remembered:
    """Weights that are read from elsewhere, at a cost: the last of them, up to `limit` bytes, are read once."""

    weights: Weights
    limit: int = 1 << 30
    _kept: dict[str, Tensor] = field(default_factory=dict, repr=False)

    @property
    def shapes(self) -> Mapping[str, tuple[str, tuple[int, ...]]]:
        """The type and shape of each tensor."""
        return self.weights.shapes

    def read(self, name: str) -> Tensor:
        """One tensor. Raises whatever reading it raises."""
        found = self._kept.pop(name, None) or self.weights.read(name)
        self._kept[name] = found
        while sum(each.values.nbytes for each in self._kept.values()) > self.limit and len(self._kept) > 1:
            del self._kept[next(iter(self._kept))]
        return found


def rows(weights: Weights, name: str) -> Floats:
    """A tensor's numbers as rows and columns (see `table`)."""
    read = weights.read(name)
    return comparable(numbers(read)).reshape(table(read.shape))
