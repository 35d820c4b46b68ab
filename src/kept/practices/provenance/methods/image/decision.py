"""Whether lines carry a mark, and what it says: where the pattern lies, the payload there, and how sure that is.

The score of a find is the correlation of all lines with what the found payload under the key asks of them; the payload
is one more hypothesis among its 2⁶⁰. So the checksum, which the score doesn't use, comes on top of the stated bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from kept.practices.provenance.methods import code
from kept.practices.provenance.methods.image import lattice
from kept.practices.provenance.methods.image.lattice import TILE, Carrier, Lines
from kept.practices.provenance.records import CONTENT_BITS, MODEL_BITS, MarkKey, Payload

FINE = 4
"""Positions are told apart to so many parts of a pattern pixel."""
POSITIONS = (FINE * TILE) ** 2
PAYLOADS = 1 << (MODEL_BITS + CONTENT_BITS)
ORIGIN = (0.0, 0.0)
_NEXT = 1 / FINE
_TRIED = 3
# So many messages are asked for one whose checksum holds, at positions where the synchronising lines score so high.
_LISTED = 1024
_HOPEFUL, _HOPEFUL_AT_ORIGIN = 4.2, 2.5

Position = tuple[float, float]


@dataclass(frozen=True)
class Find:
    """A payload whose checksum holds, the score of its lines, and the pattern position of their origin."""

    key: MarkKey
    payload: Payload
    score: float
    position: Position


def decide(lines: Lines, keys: Sequence[MarkKey]) -> Find | None:
    """The best find in weighted lines of known geometry under any of the keys, or None where no checksum holds."""
    finds = [find for key in keys if (find := under(lines, key)) is not None]
    return max(finds, key=lambda find: find.score, default=None)


def under(lines: Lines, key: MarkKey) -> Find | None:
    """The same under one key."""
    carrier = lattice.carrier(key)
    scores = synchronised(lines[carrier.sync][None], carrier)[0]
    likely = _likely(scores)
    positions = [finer(lines, carrier, whole) for whole in likely]
    # Edges are cut by whole pixels; and the synchronising lines alone may err by a part of one.
    hopeful = [
        position
        for whole, fine in zip(likely, positions, strict=True)
        if scores[int(whole[1]), int(whole[0])] > _HOPEFUL
        for position in dict.fromkeys((whole, fine))
    ]
    if ORIGIN not in hopeful and scores[0, 0] > _HOPEFUL_AT_ORIGIN:
        hopeful.append(ORIGIN)
    for position, tried in [*((at, 1) for at in positions), *((at, _LISTED) for at in hopeful)]:
        placed = moved(lines, position)
        payload = code.decode(carrier.evidence(placed), tried=tried)
        if payload is not None:
            return Find(key, payload, score(placed, carrier.target(payload)), position)
    return None


def at_best(lines: Lines, find: Find, known: Carrier) -> Find:
    """The find again where all lines, its payload known, place the pattern."""
    likely, *_ = _likely(synchronised(lines[None], known)[0])
    position = finer(lines, known, likely)
    return Find(find.key, find.payload, score(moved(lines, position), known.phases), position)


def synchronised(lines: NDArray[np.complexfloating], carrier: Carrier) -> NDArray[np.float32]:
    """The score of the synchronising lines, (n, lines), for every whole position (row, column), as (n, TILE, TILE)."""
    turned = lines * np.conj(carrier.phases[carrier.sync])
    columns, rows = lattice.frequencies()[carrier.sync].T
    mirrored = columns < 0
    board = np.zeros((len(lines), TILE, TILE // 2 + 1), np.complex64)
    at = (slice(None), np.where(mirrored, -rows, rows) % TILE, np.abs(columns))
    # A position p turns a line k by exp(2πi k·p / TILE); the transform finds it at -p, so the conjugate is taken.
    board[at] = np.where(mirrored, turned, np.conj(turned))
    power = np.sqrt(np.sum(np.abs(turned) ** 2, axis=1) / 2) + 1e-30
    found: NDArray[np.float32] = fft.irfft2(board, (TILE, TILE)) * (TILE**2 / 2)
    found /= power[:, None, None].astype(np.float32)
    return found


def finer(lines: Lines, carrier: Carrier, position: Position) -> Position:
    """The position near a whole one, to a part of a pixel, at which the synchronising lines agree most."""
    steps = np.arange(-FINE + 1, FINE) / FINE
    turned = lines[carrier.sync] * np.conj(carrier.phases[carrier.sync])
    columns, rows = lattice.frequencies()[carrier.sync].T * (-2j * np.pi / TILE)
    across = np.exp(np.multiply.outer(position[0] + steps, columns))
    along = np.exp(np.multiply.outer(position[1] + steps, rows))
    agreed = ((along * turned) @ across.T).real
    down, right = divmod(int(agreed.argmax()), len(steps))
    found = position[0] + float(steps[right]), position[1] + float(steps[down])
    # What lies next to where the pattern began was most likely not moved; it need not pay for all positions then.
    away = (np.array(found) + TILE / 2) % TILE - TILE / 2
    return ORIGIN if np.abs(away).max() <= _NEXT else found


def moved(lines: Lines, position: Position) -> Lines:
    """The lines as they stand with the pattern's origin at their own."""
    turned: Lines = lines * np.exp(-2j * np.pi / TILE * (lattice.frequencies() @ np.array(position)))
    return turned


def score(lines: Lines, target: Lines) -> float:
    """S / √(Σ |line|² / 2), S the sum of each line along its target: under exp(-score²/2) for lines of random phase."""
    power = float(np.sum(np.abs(lines) ** 2)) / 2
    return float(np.vdot(target, lines).real) / power**0.5 if power > 0 else 0.0


def _likely(scores: NDArray[np.float32]) -> list[Position]:
    """The best whole positions (across, along), none next to another."""
    left, found = scores.copy(), list[Position]()
    for _ in range(_TRIED):
        down, right = divmod(int(left.argmax()), TILE)
        found.append((float(right), float(down)))
        rows, columns = (np.arange(at - 2, at + 3) % TILE for at in (down, right))
        left[np.ix_(rows, columns)] = -np.inf
    return found


@cache
def symmetries() -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.bool_]]:
    """The 8 maps of a square onto itself; which line each makes of every line, and whether that is mirrored.

    Shapes (8, 2, 2), (8, lines) and (8, lines).
    """
    lines = lattice.frequencies()
    where = {tuple(line): at for at, line in enumerate(lines.tolist())}
    maps = [
        np.array(rows)
        for one in (1, -1)
        for other in (1, -1)
        for rows in ([[one, 0], [0, other]], [[0, one], [other, 0]])
    ]
    reached = [lines @ np.linalg.inv(each).round().astype(int) for each in maps]
    mirrored = [each[:, 1] < 0 for each in reached]
    upright = [np.where(down[:, None], -each, each) for each, down in zip(reached, mirrored, strict=True)]
    index = [[where[line[0], line[1]] for line in each.tolist()] for each in upright]
    return np.stack(maps), np.array(index), np.stack(mirrored)
