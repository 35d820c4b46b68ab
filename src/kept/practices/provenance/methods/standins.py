"""Pictures and sounds that stand in for what a model makes: drawn from a seed, with edges, textures and smooth places.

They say how a mark fares on pieces of this kind, and nothing about any model.
"""

import numpy as np
from numpy.typing import NDArray

_SHAPES = 24
_OCTAVES = 6


def picture(seed: int, *, height: int = 400, width: int = 480) -> NDArray[np.uint8]:
    """A picture in RGB: clouds of noise in several sizes, and discs and bars of colour over it."""
    draw = np.random.default_rng(seed)
    canvas = 128 + 40 * np.stack([_clouds(draw, height, width) for _ in range(3)], axis=-1)
    rows, columns = (axis.astype(np.float32) for axis in np.ogrid[:height, :width])
    for _ in range(_SHAPES):
        row, column, size = draw.uniform(0, height), draw.uniform(0, width), draw.uniform(8, height / 4)
        angle, colour = draw.uniform(0, np.pi), draw.uniform(0, 255, 3)
        down, right = rows - np.float32(row), columns - np.float32(column)
        cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        along, across = right * cosine + down * sine, down * cosine - right * sine
        inside = (
            along**2 + across**2 < size**2 if draw.random() < 0.5 else (abs(along) < size) & (abs(across) < size / 6)
        )
        canvas[inside] = 0.4 * canvas[inside] + 0.6 * colour
    grain = draw.normal(0, 3, canvas.shape)
    return np.clip(np.rint(canvas + grain), 0, 255).astype(np.uint8)


def sound(seed: int, *, seconds: float = 8.0, rate: int = 44_100) -> NDArray[np.float32]:
    """A sound, samples x 1: chords of three notes with overtones that fade, two a second, over a quiet noise."""
    draw = np.random.default_rng(seed)
    made = 0.01 * draw.standard_normal(round(seconds * rate))
    for start in range(0, len(made), rate // 2):
        rings = made[start : start + 2 * rate]
        time = np.arange(len(rings)) / rate
        for note in draw.choice(np.arange(45, 76), 3, replace=False):
            pitches = 440 * 2 ** ((note - 69) / 12) * np.arange(1, 9)
            for overtone, pitch in enumerate(pitches[pitches < rate / 2], start=1):
                phase = draw.uniform(0, 2 * np.pi)
                rings += np.exp(-3 * time) * np.sin(2 * np.pi * pitch * time + phase) / overtone**1.2
    loud: NDArray[np.float32] = (0.7 * made / np.abs(made).max()).astype(np.float32)[:, None]
    return loud


def _clouds(draw: np.random.Generator, height: int, width: int) -> NDArray[np.float64]:
    """Smooth noise whose strength falls with its fineness, as in photographs; about 1 in standard deviation."""
    total = np.zeros((height, width))
    for octave in range(_OCTAVES):
        cells = 2 << octave
        coarse = draw.normal(0, 1, (cells + 2, cells + 2))
        rows, columns = np.linspace(0, cells, height), np.linspace(0, cells, width)
        total += _between(coarse, rows, columns) / (octave + 1)
    return total


def _between(grid: NDArray[np.float64], rows: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """The grid read between its points, linearly."""
    row, column = rows.astype(int), columns.astype(int)
    down, right = (rows - row)[:, None], (columns - column)[None]
    top = grid[row][:, column] * (1 - right) + grid[row][:, column + 1] * right
    bottom = grid[row + 1][:, column] * (1 - right) + grid[row + 1][:, column + 1] * right
    read: NDArray[np.float64] = top * (1 - down) + bottom * down
    return read
