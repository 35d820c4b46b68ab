"""Sealed weights as tensors: all at once, or one by one and slice by slice, as `safetensors.safe_open` does.

This opens by the file key. Whoever has a lease and no key goes through the broker.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kept.errors import Invalid
from kept.practices.weights.backends import tensors
from kept.practices.weights.backends.containers.reading import SealedModel, open_sealed
from kept.practices.weights.methods.safetensors import Tensor
from kept.practices.weights.methods.sealed.keys import Secret


def several() -> int:
    """How many threads decrypt what is long: more than four gain nothing, since memory is no faster then."""
    return min(4, os.cpu_count() or 1)


def load(
    place: Path | str,
    file_key: Secret,
    *,
    framework: str = "torch",
    names: Iterable[str] | None = None,
    threads: int | None = None,
    checked: bool = False,
) -> dict[str, Any]:
    """The tensors of a sealed file or folder, or those of `names`, by name.

    Without `names` they share one buffer, which is decrypted in one run, by as many threads as there are processors
    and four at most, unless `threads` says otherwise. `checked` compares each chunk with the digest that its sealer
    committed to. Raises Invalid, NotFound, Unavailable, or Unverified.
    """
    chosen = tensors.framework(framework)
    model = open_sealed(place, file_key, checked=checked)
    try:
        if names is not None:
            return {name: _one(model, name, chosen, threads or 1) for name in names}
        flat, view = tensors.empty(model.size, chosen)
        model.read_into(0, model.size, view, threads=threads or several())
        return {name: tensors.viewed(flat, each.start, each, chosen) for name, each in model.tensors.items()}
    finally:
        model.close()


class SafeOpen:
    """A sealed file or folder, read as `safetensors.safe_open` is; for a `with` block."""

    def __init__(self, filename: Path | str, framework: str, device: str = "cpu", *, key: Secret) -> None:
        """Open by the file key; `device` is where torch puts tensors. Raises as `load` does."""
        self._framework = tensors.framework(framework)
        self._device = device
        if self._framework == "numpy" and device != "cpu":
            raise Invalid("numpy has no devices.", code="tensors.device", hint="Use torch.")
        self._model = open_sealed(filename, key)

    def keys(self) -> list[str]:
        """The names of the tensors, sorted."""
        return sorted(self._model.tensors)

    def offset_keys(self) -> list[str]:
        """The names of the tensors, in the order of their bytes."""
        return list(self._model.tensors)

    def metadata(self) -> Mapping[str, str] | None:
        """What the file says of itself, or None."""
        return self._model.metadata or None

    def get_tensor(self, name: str) -> Any:
        """A tensor, decrypted without the others. Raises Invalid or Unverified."""
        return self._placed(_one(self._model, name, self._framework, 1))

    def get_slice(self, name: str) -> Slice:
        """A tensor of which parts are read by indexing; only the rows that are asked for are decrypted."""
        return Slice(self, self._model.tensor(name))

    def read(self, tensor: Tensor, first: int, last: int) -> Any:
        """Rows `first` to before `last` of a tensor of one dimension or more."""
        row = (tensor.stop - tensor.start) // tensor.shape[0] if tensor.shape[0] else 0
        shape = (last - first, *tensor.shape[1:])
        start, stop = tensor.start + first * row, tensor.start + last * row
        flat, view = tensors.empty(stop - start, self._framework)
        self._model.read_into(start, stop, view)
        return self._placed(tensors.viewed(flat, 0, Tensor(tensor.dtype, shape, start, stop), self._framework))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._model.close()

    def _placed(self, tensor: Any) -> Any:
        return tensor if self._device == "cpu" else tensor.to(self._device)


class Slice:
    """A tensor that is read by indexing: `slice[3:5]`, `slice[:, 7]`, `slice[...]`."""

    def __init__(self, opened: SafeOpen, tensor: Tensor) -> None:
        self._opened = opened
        self._tensor = tensor

    def get_shape(self) -> list[int]:
        """The tensor's shape."""
        return list(self._tensor.shape)

    def get_dtype(self) -> str:
        """The tensor's type, as safetensors names it."""
        return self._tensor.dtype

    def __getitem__(self, asked: Any) -> Any:
        """What numpy or torch would give for this index of the whole tensor. Raises Invalid for a scalar."""
        parts = asked if isinstance(asked, tuple) else (asked,)
        if not self._tensor.shape:
            raise Invalid("A tensor without dimensions has no slices.", code="tensors.scalar", hint="get_tensor")
        first, rest = (parts[0], parts[1:]) if parts else (slice(None), ())
        if first is Ellipsis or not isinstance(first, int | slice):
            return self._rows(slice(None))[asked]
        if isinstance(first, slice):
            return self._rows(first)[(slice(None), *rest)]
        row = range(self._tensor.shape[0])[first]
        return self._rows(slice(row, row + 1))[(0, *rest)]

    def _rows(self, asked: slice) -> Any:
        span = range(self._tensor.shape[0])[asked]
        if span.step != 1 or len(span) == 0:
            # What is taken in steps is read whole between the first and the last.
            lowest, highest = (min(span), max(span) + 1) if span else (0, 0)
            rows = self._opened.read(self._tensor, lowest, highest)
            return rows[[at - lowest for at in span]]
        return self._opened.read(self._tensor, span.start, span.stop)


def safe_open(filename: Path | str, framework: str, device: str = "cpu", *, key: Secret) -> SafeOpen:
    """A sealed file or folder, read as `safetensors.safe_open` is. Raises as `load` does."""
    return SafeOpen(filename, framework, device, key=key)


def _one(model: SealedModel, name: str, framework: tensors.Framework, threads: int) -> Any:
    tensor = model.tensor(name)
    flat, view = tensors.empty(tensor.stop - tensor.start, framework)
    model.read_into(tensor.start, tensor.stop, view, threads=threads)
    return tensors.viewed(flat, 0, tensor, framework)
