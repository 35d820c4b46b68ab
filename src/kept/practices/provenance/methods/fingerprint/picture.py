"""The local fingerprint of a picture: where it bends brighter or darker from cell to cell, compared in place.

A cell is a square of ten pixels of the picture at the size at which it is marked. For each three cells in a row or a
column the fingerprint holds whether the middle is brighter or darker than its neighbours, or too much alike to tell:
second differences, since those of different pictures are nearly independent. What is compared with it is first put back
to where it was (`records.Geometry`), so that a crop or a turned copy is compared cell with cell.
"""

from dataclasses import dataclass
from struct import Struct, error
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid
from kept.practices.provenance.methods.fingerprint.agreement import Agreement, Tally, judge
from kept.practices.provenance.methods.fingerprint.cells import Means, cells
from kept.practices.provenance.methods.fingerprint.trits import Signs, pack, unpack
from kept.practices.provenance.records import Geometry

# A longer picture is marked as if it were this long, and a mark tells where it lies but for whole tiles.
LONG_SIDE = 1024
TILE = 80
SIDE = 10
DISPERSION = 4.0
"""How many times as much the agreement of unrelated pictures varies as that of coins; see the bench."""
# Of the second differences, the part that is kept, and what each must reach (in grey levels) to be kept or compared.
_KEPT = 0.65
_STEADY = 1.5
_SEEN = 0.75
_UNCUT = 2.5  # pattern pixels by which the size of an uncut picture may be off
_KIND = b"P1"
_HEADER = Struct("<2sHH")  # kind, width and height of the picture in pixels of the pattern
_LARGEST = 4 * LONG_SIDE


@dataclass(frozen=True, slots=True)
class PictureFingerprint:
    """Signs across and down over the cells of a picture of `width` by `height` pattern pixels."""

    width: int
    height: int
    across: Signs
    down: Signs

    def to_bytes(self) -> bytes:
        """As the registry holds it: about 2.8 kB for a picture of 3 to 2."""
        signs = np.concatenate((self.across.ravel(), self.down.ravel()))
        return _HEADER.pack(_KIND, self.width, self.height) + pack(signs)

    @classmethod
    def from_bytes(cls, data: bytes) -> "PictureFingerprint":
        """What `to_bytes` wrote. Raises Invalid for anything else."""
        try:
            kind, width, height = _HEADER.unpack_from(data)
            if kind != _KIND or max(width, height) > _LARGEST:
                raise ValueError("it is not a picture's")
            signs = unpack(data[_HEADER.size :], signs_of(width, height, SIDE))
        except (ValueError, error) as problem:
            raise Invalid(f"The fingerprint can't be read: {problem}.", code="fingerprint.form") from problem
        return cls(width, height, *split(signs, width, height, SIDE))


def signs_of(width: int, height: int, side: int) -> int:
    """How many signs there are, across and down together."""
    rows, columns = height // side, width // side
    return rows * max(0, columns - 2) + max(0, rows - 2) * columns


def split(signs: Signs, width: int, height: int, side: int) -> tuple[Signs, Signs]:
    """Signs across and down, each as a grid; what axes come before the last stay."""
    rows, columns = height // side, width // side
    across = rows * max(0, columns - 2)
    shape = signs.shape[:-1]
    return (
        signs[..., :across].reshape(*shape, rows, max(0, columns - 2)),
        signs[..., across:].reshape(*shape, max(0, rows - 2), columns),
    )


def fingerprint(pixels: NDArray[Any], *, side: int = SIDE) -> PictureFingerprint:
    """The fingerprint of a picture as it is marked: uint8 or uint16, H x W, H x W x 3 or H x W x 4."""
    height, width = pixels.shape[:2]
    scale = min(1.0, LONG_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    found = cells(pixels, stretched((width, height), size), side)
    rows, columns = size[1] // side, size[0] // side
    grid = np.full((rows, columns), np.nan, np.float32)
    part = found.means[:rows, :columns]
    grid[: part.shape[0], : part.shape[1]] = part
    across, down = _bends(grid)
    steady = max(_STEADY, _quantile(across, down))
    return PictureFingerprint(*size, _signs(across, steady), _signs(down, steady))


def compare(stored: PictureFingerprint, pixels: NDArray[Any], geometry: Geometry | None = None) -> Agreement:
    """Whether `pixels` show what was fingerprinted, or a part of it.

    With the geometry of a mark that was found in them, every placement that differs from it by whole tiles is tried.
    Without one they are taken as the whole picture, as it was and mirrored, stretched to its size.
    """
    size = (stored.width, stored.height)
    if geometry is None:
        whole = stretched((pixels.shape[1], pixels.shape[0]), size)
        a, _, c, _, e, f = whole.matrix
        mirrored = Geometry((-a, 0.0, size[0] - 1 - c, 0.0, e, f), size)
        tallies = [tally(stored, view(pixels, each), (0, 0)) for each in (whole, mirrored)]
        return judge(tallies, dispersion=DISPERSION)
    seen = view(pixels, geometry)
    tallies = [tally(stored, seen, placement) for placement in placements(size, seen)]
    if uncut(geometry, size):
        # One placement is likelier than all others together, so it need not pay for them.
        found = judge([tally(stored, seen, (0, 0))], dispersion=DISPERSION)
        if found.state == "agrees":
            return found
    return judge(tallies, dispersion=DISPERSION)


@dataclass(frozen=True, slots=True)
class View:
    """The signs of what is compared, and the indices of its first cell in the marked picture but for whole tiles."""

    across: Signs
    down: Signs
    row: int
    column: int

    @property
    def shape(self) -> tuple[int, int]:
        """Cells down and across."""
        return self.across.shape[0], self.down.shape[1]


def view(pixels: NDArray[Any], geometry: Geometry, *, side: int = SIDE) -> View:
    """The signs of a picture, put back to where it was when it was marked."""
    found = cells(pixels, geometry, side)
    across, down = _bends(found.means)
    return View(_signs(across, _SEEN), _signs(down, _SEEN), found.row, found.column)


def uncut(geometry: Geometry, size: tuple[int, int]) -> bool:
    """Whether the geometry is of a picture of that size, of which nothing was cut off."""
    return geometry.size is not None and max(np.abs(np.subtract(geometry.size, size))) <= _UNCUT


def placements(size: tuple[int, int], seen: View, side: int = SIDE) -> list[tuple[int, int]]:
    """Every shift by whole tiles, in cells, under which a view and a picture of that size share two cells each way."""
    tile = TILE // side
    shifts = []
    for first, count, length in (
        (seen.row, seen.shape[0], size[1] // side),
        (seen.column, seen.shape[1], size[0] // side),
    ):
        lowest, highest = -(first + count - 2), length - 2 - first
        shifts.append(range(-(-lowest // tile) * tile, highest + 1, tile))
    return [(down, right) for down in shifts[0] for right in shifts[1]]


def tally(stored: PictureFingerprint, seen: View, placement: tuple[int, int]) -> Tally:
    """How many signs both state, with the view shifted by so many cells, and how many of them alike."""
    row, column = seen.row + placement[0], seen.column + placement[1]
    compared = same = 0
    for ours, theirs in ((stored.across, seen.across), (stored.down, seen.down)):
        top, left = max(0, row), max(0, column)
        bottom, right = min(ours.shape[0], row + theirs.shape[0]), min(ours.shape[1], column + theirs.shape[1])
        if bottom > top and right > left:
            both = ours[top:bottom, left:right] * theirs[top - row : bottom - row, left - column : right - column]
            compared += int(np.count_nonzero(both))
            same += int(np.count_nonzero(both > 0))
    return Tally(compared, same)


def _bends(means: Means) -> tuple[Means, Means]:
    """Second differences across and down; NaN where a cell is missing."""
    across = means[:, 2:] - 2 * means[:, 1:-1] + means[:, :-2]
    down = means[2:] - 2 * means[1:-1] + means[:-2]
    return across, down


def _quantile(across: Means, down: Means) -> float:
    sizes = np.abs(np.concatenate((across.ravel(), down.ravel())))
    sizes = sizes[~np.isnan(sizes)]
    return float(np.quantile(sizes, 1 - _KEPT)) if len(sizes) else 0.0


def _signs(bends: Means, least: float) -> Signs:
    known = np.nan_to_num(bends)
    signs: Signs = np.where(np.abs(known) < least, 0, np.sign(known)).astype(np.int8)
    return signs


def stretched(size: tuple[int, int], onto: tuple[int, int]) -> Geometry:
    """The whole of a picture laid onto another size; pixels have their centres on whole numbers."""
    a, e = onto[0] / size[0], onto[1] / size[1]
    return Geometry((a, 0.0, (a - 1) / 2, 0.0, e, (e - 1) / 2), onto)
