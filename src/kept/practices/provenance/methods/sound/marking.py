"""Adds a mark to a sound."""

import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid
from kept.practices.provenance.methods.sound.pattern import PERIOD, RATE, Samples, pattern
from kept.practices.provenance.methods.sound.rates import converted
from kept.practices.provenance.methods.sound.shaping import period_of_frames, shaped
from kept.practices.provenance.records import MarkKey, Payload

SHORTEST = 5.0
"""Seconds that a sound needs to carry a mark."""
RATES = (8_000, 192_000)
QUIETEST = 1e-4
"""The root mean square under which a sound is silent: less than 80 dB under full scale leaves no place for a mark."""
LOUDEST = 10**-3.03
"""The most power of a mark, of the sound's: at least 30.3 dB under it."""
_STRETCH, _LEAD = 64 * PERIOD, 4 * PERIOD


def embed(samples: NDArray[np.floating], rate: int, payload: Payload, key: MarkKey) -> NDArray[np.floating]:
    """The sound with a mark, about 31 dB under it: of the same shape, type and rate, and of no greater peak than 1.

    `samples` are (n, channels) of float32 or float64, 1 for full scale, at `rate` Hz. Each channel is marked under its
    own spectrum by the same pattern, so that the mark outlives a mixdown. A peak over 1 that the sound has already may
    stay, not grow. Raises Invalid for samples of another shape or type or that aren't finite, for a rate outside RATES,
    and for a sound that is shorter than SHORTEST or silent; ValueError for a payload that doesn't fit its bits.
    """
    check(samples, rate)
    if len(samples) < SHORTEST * rate:
        raise Invalid(
            f"The sound lasts {len(samples) / rate:.2f} s; a mark needs {SHORTEST:g} s.",
            code="sound.short",
            hint="Mark a longer sound, or join short ones before.",
        )
    power = _power(samples)
    if power < QUIETEST**2:
        raise Invalid(
            "The sound is silent: its level is less than 80 dB under full scale, and a mark must stay under it.",
            code="sound.silent",
            hint="Mark sounds that can be heard.",
        )
    period = period_of_frames(pattern(key).period(payload))
    marked = np.empty_like(samples)
    for channel in range(samples.shape[1]):
        low = converted(samples[:, channel], rate, RATE)
        marked[:, channel] = converted(_mark(low, period), RATE, rate)[: len(samples)]
    most = LOUDEST * power
    marked *= min(1.0, float(np.sqrt(most / max(_power(marked), most))))
    marked += samples
    peak = max(1.0, float(samples.max()), -float(samples.min()))
    return np.clip(marked, -peak, peak, out=marked)


def check(samples: NDArray[np.floating], rate: int) -> None:
    """Raises Invalid for what is no sound: another shape, type or rate than can be marked, or values not finite."""
    if samples.ndim != 2 or samples.shape[1] < 1 or samples.dtype not in (np.float32, np.float64):
        raise Invalid(
            f"Samples of shape {samples.shape} and type {samples.dtype} are no sound.",
            code="sound.shape",
            hint="Give floating samples as (n, channels), 1 for full scale.",
        )
    if not RATES[0] <= rate <= RATES[1]:
        raise Invalid(
            f"A sound at {rate} Hz is outside {RATES[0]} to {RATES[1]} Hz.",
            code="sound.rate",
            hint="Convert it to a rate in that range first.",
        )
    # One sum tells, since whatever isn't finite spreads; only a sum that isn't finite needs a look at each sample.
    if not np.isfinite(samples.sum(dtype=np.float64)) and not np.isfinite(samples).all():
        raise Invalid(
            "Some samples are not finite numbers.", code="sound.finite", hint="Replace NaN and infinite samples."
        )


def _power(samples: NDArray[np.floating]) -> float:
    flat = samples.reshape(-1)
    return float(np.dot(flat, flat)) / len(flat)


def _mark(sound: Samples, period: NDArray[np.complex64]) -> Samples:
    """The mark of a channel at RATE, a stretch at a time, so that an hour needs little more memory than a minute."""
    mark = np.empty_like(sound)
    for start in range(0, len(sound), _STRETCH):
        lead = _LEAD if start else 0
        part = sound[start - lead : start + _STRETCH + _LEAD]
        mark[start : start + _STRETCH] = shaped(part, period)[lead : lead + _STRETCH]
    return mark
