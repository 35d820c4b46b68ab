"""Marks in pictures, as arrays of 8 or 16 bits: grey (height, width), RGB or RGBA (height, width, channels).

`embed` puts a payload in, `detect` finds it whatever was done to the picture. A film is marked frame by frame,
and found by the sum of its frames' `spectrum.folded`, the `spectrum.aligned_lines` of it, and `decision.decide`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kept.errors import Unavailable
from kept.practices.provenance.methods.presence import GATE
from kept.practices.provenance.records import Detection, MarkKey, Payload

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kept.practices.provenance.methods.image.perception import Pixels


def embed(pixels: "NDArray[Any]", payload: Payload, key: MarkKey, *, strength: float = 1.0) -> "Pixels":
    """The marked pixels, of the same shape and type; alpha is untouched, and `strength` multiplies the amplitude.

    Raises Invalid for what is no picture of 128 pixels or more on each side, Unavailable without OpenCV.
    """
    _needed()
    from kept.practices.provenance.methods.image import embedding

    return embedding.embed(pixels, payload, key, strength=strength)


def detect(
    pixels: "NDArray[Any]", keys: Sequence[MarkKey], *, full: bool = True, gate: float = GATE
) -> Detection | None:
    """The mark in a picture, or None; without `full`, only one that was neither turned, scaled nor stretched.

    Raises Invalid for what is no picture, Unavailable without OpenCV.
    """
    _needed()
    from kept.practices.provenance.methods.image import detection

    return detection.detect(pixels, keys, full=full, gate=gate)


def _needed() -> None:
    try:
        import cv2  # noqa: F401
    except ImportError as error:
        raise Unavailable(
            "Pictures are marked and checked by OpenCV, which isn't installed.",
            code="provenance.no-opencv",
            hint="pip install 'kept[provenance]'",
        ) from error
