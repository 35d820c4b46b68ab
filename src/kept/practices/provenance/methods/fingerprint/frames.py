"""A signature of 380 numbers for one frame of a video, from which its content code is computed.

It has the form of the frame signature of MPEG-7 (ISO/IEC 15938-3, Amendment 4: 380 of darker, alike and brighter), and
compares areas of the frame as that does; which areas is this project's own choice, so that the two can't be compared.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.practices.provenance.methods.fingerprint.thumbnail import SIDE, thumbnail

ELEMENTS = 380
# Greys by which two areas must differ to be told apart.
_ALIKE = 1.5
_CELLS = 16  # areas on a side: 16 x 15 neighbours across, and 140 of the pairs that are one row and three columns apart


def frame_signature(pixels: NDArray[Any]) -> NDArray[np.int32]:
    """380 numbers, 0 (darker), 1 (alike) or 2 (brighter), of a frame as `thumbnail` takes it."""
    wide = SIDE // _CELLS
    means = thumbnail(pixels).reshape(_CELLS, wide, _CELLS, wide).mean(axis=(1, 3))
    across = (means[:, 1:] - means[:, :-1]).ravel()
    down = (means[1:, 3:] - means[:-1, :-3]).ravel()
    differences = np.concatenate((across, down))[:ELEMENTS]
    return (1 + np.sign(np.where(np.abs(differences) < _ALIKE, 0, differences))).astype(np.int32)
