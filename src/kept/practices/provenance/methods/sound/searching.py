"""Looks for the pattern of a key in what was heard: over speeds and offsets, first coarsely, then on a fine grid.

A place is where a mark may lie: a speed, in steps of 1e-6 from 1, and the pattern's position at the middle of what was
heard, in eighths of a sample. The statistic of a place is z = Re Σ v_k e^(-2πi kφ/T) p_k* / √(Σ|v_k|²/2) over received
lines v_k and the key's phasors p_k, whose tail `presence` bounds.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from kept.practices.provenance.methods.sound.hearing import GRAIN, WINDOW, Heard
from kept.practices.provenance.methods.sound.pattern import LOWEST, PERIOD, SEARCHED, Pattern, Samples

MICRO = 1_000_000
RANGE = 55_000
"""The greatest change of speed that is searched, in millionths."""
EIGHTH = 8
OFFSETS = EIGHTH * PERIOD
_STEP = 4e-5
"""From one speed to the next, for the longest window: at 1.6 kHz, half of it turns a window's ends by 1.1 rad."""
_BATCH, _TURNS = 32, 2048
_STAGES = ((12, 8), (4, 2), (1, 1))
# The nearest first, so that of equal ones a place stays where it is.
_AROUND = np.array(sorted(range(-4, 5), key=abs))
_ASIDE = np.array(sorted(range(-8, 9), key=abs))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pattern may lie, how strongly it shows, and whether upside down (sign -1)."""

    score: float
    drift: int
    position: int
    sign: int = 1

    @property
    def speed(self) -> float:
        """The sound's speed against the marked one."""
        return 1 + self.drift / MICRO

    def seen_from(self, later: float) -> int:
        """The position at a point that is so many samples later."""
        return round(self.position + EIGHTH * self.speed * later) % OFFSETS


def aligned(heard: Heard, pattern: Pattern) -> Place:
    """The best place at the marked speed, at every offset."""
    scores = offsets(heard, pattern.sync, pattern.sync_phasors)
    best = int(np.abs(scores).argmax())
    return Place(float(abs(scores[best])), 0, EIGHTH * best, 1 if scores[best] > 0 else -1)


def offsets(heard: Heard, lines: NDArray[np.int32], phasors: NDArray[np.complex64]) -> Samples:
    """The statistic of some lines at the marked speed, for each position in whole samples at the middle."""
    received = heard.lines(lines, 1.0)
    spread = np.zeros(PERIOD, np.complex64)
    spread[lines] = received * phasors.conj()
    scores: Samples = scipy.fft.fft(spread).real / _norm(received)
    return scores


def anywhere(heard: Heard, patterns: list[Pattern], count: int) -> list[tuple[Place, int]]:
    """The `count` best places of one window over all speeds, each with the number of its pattern."""
    scores, positions = _coarse(heard, patterns)
    speeds = _speeds(heard.length)
    found = []
    for _ in range(count):
        at, which = divmod(int(scores.argmax()), len(patterns))
        drift = round((speeds[at] - 1) * MICRO)
        found.append((Place(float(scores[at, which]), drift, int(positions[at, which])), which))
        scores[max(0, at - 2) : at + 3, which] = 0
    return found


def refined(heard: Heard, pattern: Pattern, place: Place) -> Place:
    """The best place near one, on ever finer grids."""
    for drifts, positions in _STAGES:
        place = _near(heard, pattern, place, place.drift + drifts * _AROUND, place.position + positions * _ASIDE)
    return place


def turned(lines: NDArray[np.int32], position: int | NDArray[np.int_]) -> NDArray[np.complex64]:
    """What undoes a position, in eighths of a sample, on each line."""
    turns = np.multiply.outer(position, lines / OFFSETS)
    undone: NDArray[np.complex64] = np.exp(-2j * np.pi * (turns % 1)).astype(np.complex64)
    return undone


def score(received: NDArray[np.complex64], expected: NDArray[np.complex64]) -> float:
    """The statistic of lines that were received, at the place where they stand, for the phasors that are expected."""
    return float(np.vdot(expected, received).real) / _norm(received)


def _near(heard: Heard, pattern: Pattern, place: Place, drifts: NDArray[np.int_], positions: NDArray[np.int_]) -> Place:
    undone = turned(pattern.sync, positions) * pattern.sync_phasors.conj()
    drifts = drifts[np.abs(drifts) <= RANGE]
    received = np.stack([heard.lines(pattern.sync, 1 + drift / MICRO) for drift in drifts])
    # Not by the matrix library: its threads wait for each other longer than so small a product takes.
    scores = np.einsum("dk,pk->dp", received, undone).real / np.sqrt((np.abs(received) ** 2).sum(axis=1) / 2)[:, None]
    at, to = np.unravel_index(int(np.abs(scores).argmax()), scores.shape)
    best = float(scores[at, to])
    return Place(abs(best), int(drifts[at]), int(positions[to]) % OFFSETS, 1 if best > 0 else -1)


def _coarse(heard: Heard, patterns: list[Pattern]) -> tuple[Samples, NDArray[np.int_]]:
    """The greatest statistic of each speed and pattern, by the lines below SEARCHED, of either sign; and where."""
    speeds = _speeds(heard.length)
    low = patterns[0].sync[patterns[0].sync < SEARCHED]
    phasors = [each.sync_phasors[: len(low)].conj() for each in patterns]
    scores = np.empty((len(speeds), len(patterns)), np.float32)
    positions = np.empty((len(speeds), len(patterns)), np.int_)
    spread = np.zeros((_BATCH, _TURNS), np.complex64)
    for start in range(0, len(speeds), _BATCH):
        some = speeds[start : start + _BATCH]
        lines = heard.spectra[0][np.rint(np.outer(some * GRAIN, low)).astype(np.int32)]
        norm = np.sqrt((lines.real**2 + lines.imag**2).sum(axis=1) / 2 + 1e-20)
        for which, undone in enumerate(phasors):
            spread[: len(some), low - LOWEST] = lines * undone
            found = scipy.fft.fft(spread[: len(some)], axis=1)
            power = found.real**2 + found.imag**2
            best = power.argmax(axis=1)
            scores[start : start + len(some), which] = np.sqrt(power[np.arange(len(some)), best]) / norm
            positions[start : start + len(some), which] = best * (OFFSETS // _TURNS)
    return scores, positions


@lru_cache(maxsize=8)
def _speeds(length: int) -> NDArray[np.float64]:
    """The speeds that are tried for a window of so many samples."""
    step = _STEP * WINDOW / length
    reach = int(np.log1p(RANGE / MICRO) / step)
    speeds: NDArray[np.float64] = np.exp(step * np.arange(-reach, reach + 1))
    return speeds[speeds >= 1 - RANGE / MICRO]


def _norm(lines: NDArray[np.complex64]) -> float:
    return float(np.sqrt((lines.real**2 + lines.imag**2).sum() / 2) + 1e-20)
