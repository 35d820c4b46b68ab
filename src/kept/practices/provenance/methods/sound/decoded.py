"""A decoded sound: its samples, and what has to be known to write it again as it was."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples (n, channels) of float32, or float64 where they have more than 24 bits; 1 for full scale; at `rate` Hz.

    `subtype` is how the file held them, in libsndfile's or FFmpeg's name, `bit_rate` its bits a second, `layout` which
    channels there are where the file says. `tags` may hold personal data, so they go nowhere but into the file that is
    written. `notes` say what of the file was not kept.
    """

    samples: NDArray[np.floating[Any]] = field(repr=False)
    rate: int
    media_type: str
    subtype: str = ""
    bit_rate: int = 0
    layout: str = ""
    tags: Mapping[str, str] = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate

    def having(self, samples: NDArray[np.floating[Any]]) -> "Sound":
        """The same sound with other samples."""
        return replace(self, samples=samples)
