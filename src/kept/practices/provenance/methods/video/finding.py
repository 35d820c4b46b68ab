"""Finds the mark of a film: its frames carry one pattern at one place, so what they show of it is added up.

What is added is each frame's residual as methods/image reads it, before anything is asked about it: its detail over its
local spread. Detail that moves from frame to frame averages out, and the pattern doesn't. The sum is then searched as
one picture would be, at any geometry, and its bound holds as for one: whatever was added, only the key is random.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kept.practices.provenance.methods import presence
from kept.practices.provenance.methods.image import detection
from kept.practices.provenance.methods.image.detection import SMALLEST
from kept.practices.provenance.methods.image.perception import luminance, seen
from kept.practices.provenance.methods.video.marking import Luma
from kept.practices.provenance.records import Detection, MarkKey

Plane = NDArray[np.float32]


class Watching:
    """Sums of frames, each asked for a mark of `keys`; `asked` is how many sums will be at most, for the bound.

    Without `full`, only a mark is found that was neither turned, scaled nor stretched since. A frame's shape is that of
    the first one: others are brought to it.
    """

    def __init__(self, keys: Sequence[MarkKey], *, asked: int, full: bool = True, gate: float = presence.GATE) -> None:
        self._keys, self._asked, self._full, self._gate = keys, asked, full, gate
        self._shape: tuple[int, ...] | None = None
        self._window: Plane | None = None
        self._whole: Plane | None = None

    def see(self, luma: Luma) -> None:
        """Adds a frame, its luma in uint8 or uint16, to the window. Frames too small for any mark are passed over."""
        if self._shape is None:
            self._shape = luma.shape
        if min(self._shape) < SMALLEST:
            return
        shown: NDArray[Any] = luma
        if luma.shape != self._shape:
            shown = cv2.resize(luma, self._shape[::-1], interpolation=cv2.INTER_AREA)
        residual = seen(luminance(shown))
        if self._window is None:
            self._window = residual
        else:
            self._window += residual

    def window(self) -> Detection | None:
        """The mark that the frames since the last call carry, or None; they are kept for the whole."""
        window, self._window = self._window, None
        if window is None:
            return None
        self._whole = window if self._whole is None else self._whole + window
        return self._found(window)

    def whole(self) -> Detection | None:
        """The mark that all windows carry together, or None."""
        return None if self._whole is None else self._found(self._whole)

    def _found(self, residual: Plane) -> Detection | None:
        if self._shape is None:
            return None
        return detection.located(residual, self._shape, self._keys, full=self._full, gate=self._gate, times=self._asked)
