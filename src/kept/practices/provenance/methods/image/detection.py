"""Finds a mark in pixels, whatever was done to them.

1. The picture is seen at the working size and folded: a mark that was neither turned nor scaled since is found there.
2. Else the spectrum tells how the pattern's lattice may lie, whatever the key.
3. Each candidate is read in all 8 ways in which a square lies on itself, at every position, under every key.
4. The best are refined on a fixed grid of affine maps around them, and their payloads read.

What is counted as tried is every point that these steps can reach, reached or not; see docs/adr/0013.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.practices.provenance.methods import presence
from kept.practices.provenance.methods.image import decision, lattice, leaning, search
from kept.practices.provenance.methods.image.decision import Find
from kept.practices.provenance.methods.image.lattice import LONG_SIDE, Carrier, Lines
from kept.practices.provenance.methods.image.leaning import WINDOW
from kept.practices.provenance.methods.image.perception import Plane, checked, luminance, seen
from kept.practices.provenance.methods.image.spectrum import Matrix, Spectrum, aligned_lines, folded
from kept.practices.provenance.records import Detection, Geometry, MarkKey

SMALLEST = 64
"""Pictures with a shorter side hold too little of a mark to be looked at."""
_CANDIDATES, _LEANT = 48, 24
_REFINED = 4
_GRAIN = 0.0006
_REACH = np.array([10, 10, 24, 24])
_WAYS = np.array([[[1, 0], [0, 1]], [[0, -1], [1, 0]], [[1, 0], [0, -1]], [[0, 1], [1, 0]]]) * _GRAIN
_NEIGHBOURS = np.concatenate([np.zeros((1, 4), np.intp), np.eye(4, dtype=np.intp), -np.eye(4, dtype=np.intp)])
_STEPS = (4, 2, 1)
GEOMETRIES = (2 + 2 * _CANDIDATES + _LEANT) * int(np.prod(2 * _REACH + 1)) * 8


@dataclass(frozen=True)
class Placed:
    """A find, and the map from pattern to working pixels, with the working pixel whose pattern position it names."""

    find: Find
    matrix: Matrix
    origin: tuple[float, float]


def detect(
    pixels: NDArray[Any], keys: Sequence[MarkKey], *, full: bool = True, gate: float = presence.GATE
) -> Detection | None:
    """The mark in a picture, or None; without `full`, only one that was neither turned, scaled nor stretched.

    A mark is told only where its p-value is at most `gate` and its checksum holds. Raises Invalid for what is no
    picture.
    """
    picture = checked(pixels)
    if min(picture.shape[:2]) < SMALLEST:
        return None
    return located(seen(luminance(picture)), picture.shape[:2], keys, full=full, gate=gate)


def located(
    residual: Plane,
    shape: tuple[int, ...],
    keys: Sequence[MarkKey],
    *,
    full: bool = True,
    gate: float = presence.GATE,
    times: int = 1,
) -> Detection | None:
    """The mark in the residual of a picture of that height and width, or in the sum of those of a film's frames.

    `times` is how many residuals may be asked for the mark of one content.
    """
    if not keys:
        return None
    # The gate is shared out: to what wasn't moved at all, to what lies as it was but for its edges, and to all else.
    hypotheses = times * (2 + full) * len(keys) * decision.PAYLOADS
    placed = _aligned(residual, keys)
    if placed is None or placed.find.position != decision.ORIGIN:
        hypotheses *= decision.POSITIONS
    if full and (placed is None or placed.find.score < presence.threshold(gate, hypotheses)):
        hypotheses = times * 3 * len(keys) * decision.PAYLOADS * decision.POSITIONS * GEOMETRIES
        placed = _anywhere(residual, keys, presence.threshold(gate, hypotheses))
    if placed is None or placed.find.score < presence.threshold(gate, hypotheses):
        return None
    find = placed.find
    return Detection(
        payload=find.payload,
        key_id=find.key.id,
        p_value=presence.p_value(find.score, hypotheses),
        hypotheses=hypotheses,
        score=find.score,
        geometry=geometry(placed, shape, residual.shape),
    )


def _aligned(residual: Plane, keys: Sequence[MarkKey]) -> Placed | None:
    find = decision.decide(aligned_lines(folded(residual)), keys)
    return None if find is None else Placed(find, np.eye(2), (0.0, 0.0))


def _anywhere(residual: Plane, keys: Sequence[MarkKey], enough: float) -> Placed | None:
    """The first find past `enough` among the candidates, those likeliest by their synchronising lines first."""
    spectrum = Spectrum.of(residual)
    matrices = _matrices(spectrum, residual)
    lines = spectrum.read(matrices)
    best: Placed | None = None
    ranked = sorted((ranking for key in keys for ranking in _ranked(lines, matrices, key)), key=lambda each: -each[0])
    for _, key, matrix in ranked[: _REFINED * len(keys)]:
        placed = _refined(spectrum, key, matrix)
        if placed is not None and (best is None or placed.find.score > best.find.score):
            best = placed
            if best.find.score >= enough:
                break
    return best


def _matrices(spectrum: Spectrum, residual: Plane) -> Matrix:
    """The likely maps by the spectrum, and two that need none: as it is, and scaled down from a large picture."""
    plain = np.stack([np.eye(2), np.eye(2) * (max(residual.shape) / LONG_SIDE)])
    found = np.stack([candidate.matrix for candidate in search.candidates(spectrum, _CANDIDATES)])
    middle = tuple(slice(max(0, (side - WINDOW) // 2), (side + WINDOW) // 2) for side in residual.shape)
    window = spectrum if max(residual.shape) <= WINDOW else Spectrum.of(residual[middle])
    return np.concatenate([plain, found, leaning.candidates(window, spectrum, _LEANT)])


def _ranked(lines: NDArray[np.complex64], matrices: Matrix, key: MarkKey) -> list[tuple[float, MarkKey, Matrix]]:
    """The best way of each map under a key, with its score at its best position."""
    carrier = lattice.carrier(key)
    maps, index, mirrored = decision.symmetries()
    ranked = []
    for read, matrix in zip(lines, matrices, strict=True):
        ways = read[index[:, carrier.sync]]
        ways = np.where(mirrored[:, carrier.sync], np.conj(ways), ways)
        scores = decision.synchronised(ways, carrier).max(axis=(1, 2))
        way = int(scores.argmax())
        ranked.append((float(scores[way]), key, matrix @ maps[way]))
    return ranked


def _refined(spectrum: Spectrum, key: MarkKey, matrix: Matrix) -> Placed | None:
    """What the lines say under the map that fits best near this one, by the synchronising lines and then by all."""
    carrier = lattice.carrier(key)
    point = _climbed(spectrum, carrier, matrix, np.zeros(4, np.intp))
    find = decision.under(_lines(spectrum, matrix, point), key)
    if find is None:
        return None
    known = carrier.known(find.payload)
    point = _climbed(spectrum, known, matrix, point)
    return Placed(decision.at_best(_lines(spectrum, matrix, point), find, known), matrix @ _map(point), spectrum.centre)


def _climbed(spectrum: Spectrum, carrier: Carrier, matrix: Matrix, start: NDArray[np.intp]) -> NDArray[np.intp]:
    """The point of the grid around a map to which the synchronising lines lead uphill."""
    at, best = start, -np.inf
    for step in _STEPS:
        while True:
            tried = np.clip(at + step * _NEIGHBOURS, -_REACH, _REACH)
            near = matrix @ np.stack([_map(each) for each in tried])
            scores = decision.synchronised(spectrum.read(near, lines=carrier.sync), carrier).max(axis=(1, 2))
            if scores.max() <= best:
                break
            at, best = tried[int(scores.argmax())], float(scores.max())
    return at


def _lines(spectrum: Spectrum, matrix: Matrix, point: NDArray[np.intp]) -> Lines:
    lines: Lines = spectrum.read((matrix @ _map(point))[None])[0].astype(np.complex128)
    return lines


def _map(point: NDArray[np.intp]) -> Matrix:
    return np.eye(2) + np.tensordot(point, _WAYS, 1)


def geometry(placed: Placed, shape: tuple[int, ...], working: tuple[int, ...]) -> Geometry:
    """Where each pixel of a received picture lies in the marked one, in pattern pixels."""
    scale = np.array([working[1] / shape[1], working[0] / shape[0]])
    inverse = np.linalg.inv(placed.matrix)
    # Working pixels have their centres on whole numbers: w = (r + 1/2) scale - 1/2.
    shift = inverse @ (scale / 2 - 0.5 - np.array(placed.origin)) + np.array(placed.find.position)
    linear = inverse * scale
    size, shift = _unshifted(linear, shift, shape)
    (a, b), (d, e) = linear.tolist()
    return Geometry((a, b, float(shift[0]), d, e, float(shift[1])), size)


def _unshifted(
    linear: Matrix, shift: NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[tuple[int, int] | None, NDArray[np.float64]]:
    """The shift, known but for whole tiles, that lets the centres agree as if nothing was cut off."""
    middle = np.array([shape[1] - 1, shape[0] - 1]) / 2
    extent = np.abs(linear) @ np.array([shape[1], shape[0]])
    wanted = (extent - 1) / 2 - linear @ middle
    near = shift + np.rint((wanted - shift) / lattice.TILE) * lattice.TILE
    uncut = bool(np.all(np.abs(near - wanted) < 1.5))
    return ((round(extent[0]), round(extent[1])) if uncut else None), near
