"""Adds a mark to the luma of frames, without colour being converted.

The pattern is that of a picture of the same size and is made once for a film; each frame only weighs it by what its own
detail hides. So a codec that carries a still background over from the last frame carries the mark in it as well.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid
from kept.practices.provenance.methods.image import lattice
from kept.practices.provenance.methods.image.lattice import TILE
from kept.practices.provenance.methods.image.perception import working_size
from kept.practices.provenance.records import MarkKey, Payload

PSNR = 42.0
"""How near the luma of each marked frame stays, in dB."""
SMALLEST = 128
_SEEN = 640
"""Hiding is judged on a frame brought down to about this length, which is enough for a weight as smooth as it is."""
_TAME = np.float32(1.5)
_MOST = 14.0

Luma = NDArray[np.uint8] | NDArray[np.uint16]
Plane = NDArray[np.float32]


class Marker:
    """The mark of one film: frames of `height` by `width` pixels whose luma has `depth` bits.

    Raises Invalid for frames of fewer than 128 pixels on a side, ValueError for a payload that doesn't fit its bits.
    """

    def __init__(
        self, payload: Payload, key: MarkKey, height: int, width: int, *, depth: int = 8, strength: float = 1.0
    ) -> None:
        if min(height, width) < SMALLEST:
            raise Invalid(
                f"A frame of {width} × {height} pixels is too small for a mark.",
                code="video.small",
                hint=f"Use frames of {SMALLEST} pixels or more on each side.",
            )
        self._size = (width, height)
        self._pattern = _pattern(payload, key, height, width)
        self._level = 255 * 10 ** (-PSNR / 20) * strength
        self._unit = np.float32(1 << (depth - 8))
        scale = min(1.0, _SEEN / max(height, width))
        self._seen = (max(8, round(width * scale)), max(8, round(height * scale)))

    def mark(self, luma: Luma) -> Luma:
        """The marked luma; of the shape and type of what was given, which is left as it is."""
        hidden = self._hiding(luma)
        level = self._level * float(self._unit) / float(np.sqrt(np.mean(hidden * hidden)))
        weight = cv2.resize(hidden * np.float32(level), self._size, interpolation=cv2.INTER_LINEAR)
        cv2.multiply(weight, self._pattern, dst=weight)
        depth = cv2.CV_8U if luma.dtype == np.uint8 else cv2.CV_16U
        marked: Luma = np.empty_like(luma)
        cv2.add(luma, weight, dst=marked, dtype=depth)
        return marked

    def _hiding(self, luma: Luma) -> Plane:
        """How much change each place hides, relative, on fewer pixels."""
        # Not the measure of methods/image: after H.264 at 500 kb/s frames of 360p score 18.3 by that one for 19.2 by
        # this one, and 7.3 for 8.5 where they are rough.
        small = cv2.resize(luma, self._seen, interpolation=cv2.INTER_AREA).astype(np.float32)
        small *= 1 / self._unit
        fine = small - cv2.blur(small, (3, 3))
        spread = cv2.sqrt(cv2.blur(fine * fine, (5, 5)))
        around = cv2.blur(cv2.blur(spread, (9, 9)), (9, 9)) * _TAME
        hidden = cv2.pow(np.minimum(np.minimum(spread, around), _MOST), 0.8) + np.float32(1.6)
        return np.asarray(hidden, np.float32)


def _pattern(payload: Payload, key: MarkKey, height: int, width: int) -> Plane:
    """The pattern at the size of a frame, of unit mean square."""
    carrier = lattice.carrier(key)
    tile = lattice.tile(carrier.target(payload) * lattice.amplitudes())
    high, wide = working_size(height, width)
    whole = np.tile(tile, (-(-high // TILE), -(-wide // TILE)))[:high, :wide]
    if (high, wide) != (height, width):
        whole = np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    return np.asarray(whole / np.sqrt(np.mean(whole * whole)), np.float32)
