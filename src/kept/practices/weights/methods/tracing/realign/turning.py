"""Undoes a rotation of one side of a tensor, as a change of basis of the residual stream is.

The rotation is told where the tensor is much longer than wide, as an embedding is: it has far fewer angles than the
tensor has values, and takes only that share of a mark with it. Narrower tensors are turned by what those told.
"""

import numpy as np

from kept.practices.weights.methods.tracing.numbers import Floats
from kept.practices.weights.methods.tracing.realign.signatures import cosines, sample

LONGER = 4
"""How many times longer than wide: below that, a rotation is found between any two tensors."""
_WIDEST = 1 << 11
_CLEAR = 0.7
_LOOKED_AT = 64


def rotation(given: Floats, original: Floats) -> Floats | None:
    """The rotation that takes the rows of `given` nearest to the original's, or None where none takes them near.

    The orthogonal matrix U Vᵀ of the singular vectors of givenᵀ · original (Schönemann 1966, Psychometrika 31:1-10).
    """
    length, width = original.shape
    if given.shape != original.shape or not 2 <= width <= min(_WIDEST, length // LONGER):
        return None
    known = np.where(np.isfinite(given), given, 0)
    left, _, right = np.linalg.svd(known.T.astype(np.float64) @ np.where(np.isfinite(original), original, 0))
    found = (left @ right).astype(np.float32)
    looked = sample(length, _LOOKED_AT)
    near = cosines(known[looked] @ found, original[looked])
    return found if np.median(near) >= _CLEAR else None
