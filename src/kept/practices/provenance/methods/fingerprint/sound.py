"""The local fingerprint of a sound: how the balance of neighbouring bands changes over time, compared at every offset.

After J. Haitsma and T. Kalker, "A Highly Robust Audio Fingerprinting System", ISMIR 2002: 24 bands of equal ratio from
300 to 3000 Hz, frames of 0.37 s every 0.093 s, and for each frame and pair of bands the sign of the change of their
difference; here also "too much alike to tell". What is compared is put back to the speed at which it was marked, and
tried at every offset.
"""

from dataclasses import dataclass
from math import gcd
from struct import Struct, error
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid
from kept.practices.provenance.methods.fingerprint.agreement import KEPT, Agreement, Tally, judge
from kept.practices.provenance.methods.fingerprint.trits import Signs, pack, unpack

BANDS = 24
LONGEST_SECONDS = 7200
DISPERSION = 2.0
"""How many times as much the agreement of unrelated sounds varies as that of coins; see the bench."""
_LOWEST, _HIGHEST = 300.0, 3000.0
_FRAME, _HOP = 0.3715, 0.0929
_RATE = 8000
_KEPT = 0.65
_SEEN = 0.02
# Energy below this part of the sound's mean counts as none.
_QUIET = 1e-5
_PHASES = 2
_FEWEST = 12  # frames, about a second, that a placement must have in common
_KIND = b"S1"
_HEADER = Struct("<2sBI")  # kind, whether the sound was longer than what is kept, frames
_BLOCK = 512

Frames = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SoundFingerprint:
    """Signs of each frame and pair of bands; `cut` where the sound went on for more than two hours."""

    signs: Signs
    cut: bool = False

    def to_bytes(self) -> bytes:
        """As the registry holds it: 50 bytes for each second."""
        return _HEADER.pack(_KIND, self.cut, len(self.signs)) + pack(self.signs)

    @classmethod
    def from_bytes(cls, data: bytes) -> "SoundFingerprint":
        """What `to_bytes` wrote. Raises Invalid for anything else."""
        try:
            kind, cut, count = _HEADER.unpack_from(data)
            if kind != _KIND or cut > 1 or count > LONGEST_SECONDS / _HOP:
                raise ValueError("it is not a sound's")
            signs = unpack(data[_HEADER.size :], count * (BANDS - 1))
        except (ValueError, error) as problem:
            raise Invalid(f"The fingerprint can't be read: {problem}.", code="fingerprint.form") from problem
        return cls(signs.reshape(count, BANDS - 1), bool(cut))


def fingerprint(samples: NDArray[Any], rate: int) -> SoundFingerprint:
    """The fingerprint of a sound as it is marked: samples in -1 to 1, [n] or [n, channels], at `rate` Hz."""
    changes = _changes(*_prepared(samples, rate), speed=1.0, phase=0.0)
    sizes = np.abs(changes[np.abs(changes) >= _SEEN])
    steady = max(_SEEN, float(np.quantile(sizes, 1 - _KEPT))) if len(sizes) else _SEEN
    return SoundFingerprint(_signs(changes, steady), len(samples) > LONGEST_SECONDS * rate)


def compare(stored: SoundFingerprint, samples: NDArray[Any], rate: int, *, speed: float = 1.0) -> Agreement:
    """Whether a sound is what was fingerprinted, or a part of it, or has it within; `speed` is its own to the marked.

    Never disagrees where the one or the other is longer than two hours.
    """
    sound, own = _prepared(samples, rate)
    tallies: list[Tally] = []
    for phase in range(_PHASES):
        signs = _signs(_changes(sound, own, speed=speed, phase=phase / _PHASES), _SEEN)
        tallies += _tallies(stored.signs, signs)
    whole = not stored.cut and len(samples) <= LONGEST_SECONDS * rate
    return judge(tallies, dispersion=DISPERSION, kept=KEPT if whole else 0.0)


def _prepared(samples: NDArray[Any], rate: int) -> tuple[Frames, int]:
    """One channel, at 8 kHz where it has more, and its rate."""
    mono = samples[: LONGEST_SECONDS * rate]
    mono = mono.mean(axis=1) if mono.ndim == 2 else mono
    mono = np.nan_to_num(mono.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    if rate <= _RATE or not len(mono):
        return mono, rate
    from scipy.signal import resample_poly

    shared = gcd(_RATE, rate)
    return resample_poly(mono, _RATE // shared, rate // shared), _RATE


def _changes(sound: Frames, rate: int, *, speed: float, phase: float) -> Frames:
    """How the difference of neighbouring bands changes from each frame to the next, in nepers of energy."""
    length = round(_FRAME * rate / speed)
    hop = _HOP * rate / speed
    starts = np.arange(phase * hop, len(sound) - length + 1, hop).astype(np.int64)
    if len(starts) < 2:
        return np.zeros((0, BANDS - 1))
    size = 1 << (length - 1).bit_length()
    edges = np.rint(_LOWEST * (_HIGHEST / _LOWEST) ** (np.arange(BANDS + 1) / BANDS) * speed * size / rate).astype(int)
    window = np.hanning(length)
    energy = np.empty((len(starts), BANDS))
    for begin in range(0, len(starts), _BLOCK):
        frames = sound[starts[begin : begin + _BLOCK, None] + np.arange(length)] * window
        spectrum = np.fft.rfft(frames, size)[:, : edges[-1]]
        energy[begin : begin + _BLOCK] = np.add.reduceat(spectrum.real**2 + spectrum.imag**2, edges[:-1], axis=1)
    level = np.log(energy / np.diff(edges) + _QUIET * energy.mean() / (edges[-1] - edges[0]) + 1e-30)
    balance = np.diff(level, axis=1)
    changes: Frames = np.diff(balance, axis=0)
    return changes


def _signs(changes: Frames, least: float) -> Signs:
    signs: Signs = np.where(np.abs(changes) < least, 0, np.sign(changes)).astype(np.int8)
    return signs


def _tallies(stored: Signs, seen: Signs) -> list[Tally]:
    """What was compared and what agreed at every offset at which enough frames are in common."""
    fewest = min(_FEWEST, len(stored), len(seen))
    if not fewest:
        return []
    from scipy.signal import fftconvolve

    def correlated(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.int64]:
        each = fftconvolve(one.astype(np.float32), other[::-1].astype(np.float32), axes=0)
        whole: NDArray[np.int64] = np.rint(each.sum(axis=1)).astype(np.int64)
        return whole[fewest - 1 : len(whole) - fewest + 1]

    compared = correlated(np.abs(stored), np.abs(seen))
    same = (compared + correlated(stored, seen)) // 2
    return [Tally(int(count), int(alike)) for count, alike in zip(compared, same, strict=True)]
