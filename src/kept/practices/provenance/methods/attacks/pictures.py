"""Attacks on pictures: uint8, H x W x 3 in RGB order, in and out; the same seed does the same."""

from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Attack = Callable[[Pixels, int], Pixels]
_LARGEST = 255


def none(pixels: Pixels, seed: int) -> Pixels:
    """Nothing is done."""
    return pixels


def jpeg(quality: int) -> Attack:
    """Compressed as JPEG and decoded."""
    return lambda pixels, seed: _coded(pixels, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, quality])


def webp(quality: int) -> Attack:
    """Compressed as WebP and decoded."""
    return lambda pixels, seed: _coded(pixels, ".webp", [cv2.IMWRITE_WEBP_QUALITY, quality])


def resized(factor: float) -> Attack:
    """Brought to another size."""
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return lambda pixels, seed: _pixels(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=way))


def stretched(factor: float) -> Attack:
    """Wider by this factor, and as high as before."""
    return lambda pixels, seed: _pixels(cv2.resize(pixels, None, fx=factor, fy=1, interpolation=cv2.INTER_AREA))


def cropped(area: float) -> Attack:
    """A part of this area, somewhere in the picture."""

    def attack(pixels: Pixels, seed: int) -> Pixels:
        height, width = (round(size * area**0.5) for size in pixels.shape[:2])
        draw = np.random.default_rng(seed)
        row, column = (int(draw.integers(0, room + 1)) for room in (len(pixels) - height, pixels.shape[1] - width))
        return np.ascontiguousarray(pixels[row : row + height, column : column + width])

    return attack


def turned(degrees: float) -> Attack:
    """Turned about its middle, on a canvas of the same size."""

    def attack(pixels: Pixels, seed: int) -> Pixels:
        height, width = pixels.shape[:2]
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
        return _pixels(cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC))

    return attack


def mirrored(pixels: Pixels, seed: int) -> Pixels:
    """Left for right."""
    return np.ascontiguousarray(pixels[:, ::-1])


def noisy(deviation: float) -> Attack:
    """Gaussian noise of this standard deviation, of 255."""

    def attack(pixels: Pixels, seed: int) -> Pixels:
        added = np.random.default_rng(seed).normal(0, deviation, pixels.shape).astype(np.float32)
        return _rounded(pixels + added)

    return attack


def blurred(deviation: float) -> Attack:
    """A Gaussian blur of this standard deviation, in pixels."""
    return lambda pixels, seed: _pixels(cv2.GaussianBlur(pixels, (0, 0), deviation))


def toned(*, contrast: float = 1.0, brightness: float = 1.0) -> Attack:
    """Brighter or darker, and more or less contrast about the middle grey."""
    return lambda pixels, seed: _rounded((pixels.astype(np.float32) * brightness - 128) * contrast + 128)


def chained(*attacks: Attack) -> Attack:
    """One after the other."""

    def attack(pixels: Pixels, seed: int) -> Pixels:
        for each in attacks:
            pixels = each(pixels, seed)
        return pixels

    return attack


ATTACKS: Mapping[str, Attack] = {
    "none": none,
    "jpeg-70": jpeg(70),
    "jpeg-50": jpeg(50),
    "webp-50": webp(50),
    "half-size": resized(0.5),
    "larger": resized(1.5),
    "wider": stretched(1.05),
    "crop-half": cropped(0.5),
    "turn-5": turned(5),
    "mirror": mirrored,
    "noise-5": noisy(5),
    "blur-1": blurred(1),
    "brighter": toned(brightness=1.2),
    "contrast": toned(contrast=0.8),
    "screenshot": chained(resized(0.9), jpeg(80)),
    "turn-crop-resize-jpeg": chained(turned(3), cropped(0.7), resized(0.8), jpeg(70)),
}
"""By name, as statements tell them."""


def _coded(pixels: Pixels, extension: str, settings: list[int]) -> Pixels:
    _, encoded = cv2.imencode(extension, cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), settings)
    return _pixels(cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB))


def _rounded(values: NDArray[np.floating[Any]]) -> Pixels:
    return _pixels(np.clip(np.rint(values), 0, _LARGEST))


def _pixels(array: Any) -> Pixels:
    pixels: Pixels = np.asarray(array, np.uint8)
    return pixels
