"""The local fingerprint of a film: what its frames look like twice a second, compared in place and in time.

Frames are fingerprinted as pictures are, in cells of 16 pixels. Those of an excerpt are laid on the film at every
offset at which a frame of the one stands where one of the other does. Frames that follow each other are much alike, so
that all of an offset count as one: what was compared and what agreed is averaged over them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from struct import Struct, error
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid
from kept.practices.provenance.methods.fingerprint import picture
from kept.practices.provenance.methods.fingerprint.agreement import KEPT, NOTHING, Agreement, Tally, judge
from kept.practices.provenance.methods.fingerprint.picture import PictureFingerprint
from kept.practices.provenance.methods.fingerprint.trits import Signs, pack, unpack
from kept.practices.provenance.records import Geometry

SIDE = 16
EVERY = 0.5
"""Seconds between the frames that are kept of a film; twice as many for one too long, and so on."""
SEEN_EVERY = 0.1
"""Seconds between the frames that are best given to be compared."""
FRAMES = 400
SEEN_FRAMES = 120
DISPERSION = 3.0
_TOGETHER = 0.06  # seconds by which two frames may be apart and still show the same
_KIND = b"F1"
_HEADER = Struct("<2sHHH")  # kind, width and height of a frame in pixels of the pattern, frames

Frame = tuple[float, NDArray[Any]]
Counts = NDArray[np.float32]
Grids = tuple[Signs, Signs]


@dataclass(frozen=True, slots=True)
class FilmFingerprint:
    """The signs of each frame that is kept, and the second at which it is shown."""

    width: int
    height: int
    times: NDArray[np.float32]
    signs: Signs

    def to_bytes(self) -> bytes:
        """As the registry holds it: about 1.7 kB for each second of a film of 16 to 9, at most 350 kB."""
        header = _HEADER.pack(_KIND, self.width, self.height, len(self.times))
        return header + self.times.astype("<f4").tobytes() + pack(self.signs)

    @classmethod
    def from_bytes(cls, data: bytes) -> "FilmFingerprint":
        """What `to_bytes` wrote. Raises Invalid for anything else."""
        try:
            kind, width, height, count = _HEADER.unpack_from(data)
            if kind != _KIND or count > FRAMES or max(width, height) > 4 * picture.LONG_SIDE:
                raise ValueError("it is not a film's")
            begin = _HEADER.size + 4 * count
            times = np.frombuffer(data[_HEADER.size : begin], "<f4").astype(np.float32)
            if len(times) != count or not np.isfinite(times).all() or np.any(np.diff(times) <= 0):
                raise ValueError("its frames do not follow each other")
            each = picture.signs_of(width, height, SIDE)
            signs = unpack(data[begin:], count * each).reshape(count, each)
        except (ValueError, error) as problem:
            raise Invalid(f"The fingerprint can't be read: {problem}.", code="fingerprint.form") from problem
        return cls(width, height, times, signs)


def fingerprint(frames: Iterable[Frame]) -> FilmFingerprint:
    """The fingerprint of a film from its frames as they are marked, each with its second and in order.

    Only those that are kept are looked at. Frames are as pictures are: uint8 or uint16, H x W or H x W x 3. Raises
    Invalid where there is none.
    """
    kept: list[tuple[float, PictureFingerprint]] = []
    every = EVERY
    for second, pixels in frames:
        # A little early is not too early: frames rarely stand where they are wished.
        if kept and (second < kept[-1][0] + every - _TOGETHER or second <= kept[-1][0]):
            continue
        found = picture.fingerprint(pixels, side=SIDE)
        if kept and (found.width, found.height) != (kept[0][1].width, kept[0][1].height):
            continue
        kept.append((second, found))
        if len(kept) > FRAMES:
            kept, every = kept[::2], 2 * every
    if not kept:
        raise Invalid("A film without a frame has no fingerprint.", code="fingerprint.empty")
    first = kept[0][1]
    signs = np.stack([np.concatenate((each.across.ravel(), each.down.ravel())) for _, each in kept])
    return FilmFingerprint(first.width, first.height, np.array([second for second, _ in kept], np.float32), signs)


def compare(
    stored: FilmFingerprint, frames: Iterable[Frame], geometry: Geometry | None = None, *, speed: float = 1.0
) -> Agreement:
    """Whether frames, each with its second and in order, are of the film that was fingerprinted.

    The first 120 count, and should stand 0.1 s apart or less. It never disagrees with one that is longer than the film
    that was fingerprinted. `geometry` is that of the mark that was found in them;
    without one each is taken as a whole frame. `speed` is their own to that of the marked film.
    """
    seen: list[Frame] = []
    for frame in frames:
        if len(seen) == SEEN_FRAMES:
            break
        if not seen or frame[1].shape == seen[0][1].shape:
            seen.append(frame)
    if not seen:
        return NOTHING
    size = (stored.width, stored.height)
    placed = geometry or picture.stretched((seen[0][1].shape[1], seen[0][1].shape[0]), size)
    times = np.array([second for second, _ in seen]) * speed
    pairs = _together(stored.times.astype(np.float64), times)
    views = [picture.view(pixels, placed, side=SIDE) for _, pixels in seen]
    where = [(0, 0)] if picture.uncut(placed, size) else picture.placements(size, views[0], SIDE)
    films = picture.split(stored.signs, *size, SIDE)
    shown = np.stack([each.across for each in views]), np.stack([each.down for each in views])
    tallies: list[Tally] = []
    for place in where:
        compared, same = _common(films, shown, (views[0].row + place[0], views[0].column + place[1]))
        tallies += pairs.tallies(compared, same)
    # One that goes on for longer shows other things too, which may be all that was seen.
    longer = times[-1] - times[0] > float(stored.times[-1] - stored.times[0]) + EVERY + SEEN_EVERY
    return judge(tallies, dispersion=DISPERSION, kept=0.0 if longer else KEPT)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Which frame seen stands together with which one kept, one offset after another; where each offset begins."""

    seen: NDArray[np.int64]
    kept: NDArray[np.int64]
    begins: NDArray[np.int64]

    def tallies(self, compared: Counts, same: Counts) -> list[Tally]:
        """For each offset what two frames that stand together have in common, on average."""
        counts = np.diff(self.begins, append=len(self.seen))
        sums = [np.add.reduceat(each[self.seen, self.kept], self.begins) / counts for each in (compared, same)]
        return [Tally(round(most), round(alike)) for most, alike in zip(*sums, strict=True)]


def _together(stored: NDArray[np.float64], seen: NDArray[np.float64]) -> _Pairs:
    """The pairs at every offset, in steps of what two frames may be apart, that has half as many as the best one."""
    steps = np.unique(np.rint(np.subtract.outer(stored, seen).ravel() / _TOGETHER))
    found = []
    for offset in steps * _TOGETHER:
        after = np.searchsorted(stored, seen + offset).clip(1, len(stored) - 1) if len(stored) > 1 else np.zeros(1, int)
        nearer = after - (seen + offset - stored[after - 1] < stored[after] - seen - offset)
        near = np.broadcast_to(nearer.clip(0), len(seen))
        rows = np.flatnonzero(np.abs(stored[near] - seen - offset) <= _TOGETHER)
        found.append((rows, near[rows]))
    most = max(len(rows) for rows, _ in found)
    found = [each for each in found if len(each[0]) >= max(1, most / 2)]
    begins = np.cumsum([0, *(len(rows) for rows, _ in found)])[:-1]
    return _Pairs(np.concatenate([each for each, _ in found]), np.concatenate([each for _, each in found]), begins)


def _common(kept: Grids, seen: Grids, at: tuple[int, int]) -> tuple[Counts, Counts]:
    """How many signs each frame seen and each one kept both state, and how many of them alike, with the first there."""
    row, column = at
    compared = np.zeros((len(seen[0]), len(kept[0])), np.float32)
    alike = compared.copy()
    for ours, theirs in zip(kept, seen, strict=True):
        top, left = max(0, row), max(0, column)
        bottom, right = min(ours.shape[1], row + theirs.shape[1]), min(ours.shape[2], column + theirs.shape[2])
        if bottom > top and right > left:
            one = ours[:, top:bottom, left:right].reshape(len(ours), -1).astype(np.float32)
            other = theirs[:, top - row : bottom - row, left - column : right - column]
            flat = other.reshape(len(other), -1).astype(np.float32)
            compared += np.abs(flat) @ np.abs(one).T
            alike += flat @ one.T
    alike += compared
    return compared, alike / np.float32(2)
