"""What a tensor looks like from afar: a few figures, never its values."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Figures:
    """Least, largest, mean and standard deviation; None where the type has none or the tensor is empty."""

    least: float | None = None
    largest: float | None = None
    mean: float | None = None
    deviation: float | None = None


def figures(dtype: str, values: Any) -> Figures:
    """The figures of a tensor, given as numpy holds it: bfloat16 as uint16, what numpy has no type for as bytes."""
    if dtype == "BF16":
        values = (values.astype(np.uint32) << 16).view(np.float32)
    elif dtype.startswith(("F4", "F6", "F8", "C")):
        return Figures()
    if not values.size:
        return Figures()
    wide = values.astype(np.float64)
    return Figures(float(wide.min()), float(wide.max()), float(wide.mean()), float(wide.std()))
