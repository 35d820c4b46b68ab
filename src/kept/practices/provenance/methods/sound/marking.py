"""Adds a mark to a sound."""

import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid
from kept.practices.provenance.methods import code
from kept.practices.provenance.methods.sound.hearing import PASSAGE, heard
from kept.practices.provenance.methods.sound.pattern import PERIOD, RATE, Pattern, Samples, pattern
from kept.practices.provenance.methods.sound.rates import converted
from kept.practices.provenance.methods.sound.searching import offsets
from kept.practices.provenance.methods.sound.shaping import period_of_frames, shaped
from kept.practices.provenance.records import MarkKey, Payload

SHORTEST = 5.0
"""Seconds that a sound needs to carry a mark."""
RATES = (8_000, 192_000)
QUIETEST = 1e-4
"""The root mean square under which a sound is silent: less than 80 dB under full scale leaves no place for a mark."""
LOUDEST = 10**-3.03
"""The most power of a mark, of the sound's: at least 30.3 dB under it."""
FAINTEST = 1e-6
"""The power of a mark, of the sound's, under which there is no place for one."""
_HIGHEST_PEAK = 1e4
_STRETCH, _LEAD = 64 * PERIOD, 4 * PERIOD


def embed(
    samples: NDArray[np.floating], rate: int, payload: Payload, key: MarkKey, *, begin: int | None = None
) -> NDArray[np.floating]:
    """The sound with a mark, about 31 dB under it: of the same shape, type and rate, and of no greater peak than 1.

    `samples` are (n, channels) of float32 or float64, 1 for full scale, at `rate` Hz. Each channel is marked under its
    own spectrum by the same pattern, so that the mark outlives a mixdown. A peak over 1 that the sound has already may
    stay, not grow. `begin` is where in the pattern the mark begins, in samples at 12 kHz; by default at `beginning`.
    Raises Invalid for samples of another shape, type or scale or that aren't finite, for a rate outside RATES, and for
    a sound that is shorter than SHORTEST, silent or without anything in the pattern's band; ValueError for a payload
    that doesn't fit its bits.
    """
    check(samples, rate)
    power = _power(samples)
    _refuse_without_place(len(samples) / rate, power)
    low = [converted(channel, rate, RATE) for channel in samples.T]
    found = pattern(key)
    begin = _best_beginning(low, found, payload) if begin is None else begin
    frames = period_of_frames(np.roll(found.period(payload), -begin))
    marked = np.empty_like(samples)
    for number, channel in enumerate(low):
        marked[:, number] = converted(_mark(channel, frames), RATE, rate)[: len(samples)]
    loud = _power(marked)
    if loud < FAINTEST * power:
        raise Invalid(
            "The sound has next to nothing between 600 Hz and 5.5 kHz, where a mark would lie.",
            code="sound.narrow",
            hint="Mark sounds of a wider range.",
        )
    marked *= min(1.0, float(np.sqrt(LOUDEST * power / loud)))
    marked += samples
    peak = max(1.0, float(samples.max()), -float(samples.min()))
    return np.clip(marked, -peak, peak, out=marked)


def beginning(samples: NDArray[np.floating], rate: int, payload: Payload, key: MarkKey) -> int:
    """Where in the pattern a mark begins best, in samples at 12 kHz: where the sound agrees with it by itself.

    For a sound that is marked part by part; each part that is a whole number of periods later begins there too.
    """
    return _best_beginning([converted(channel, rate, RATE) for channel in samples.T], pattern(key), payload)


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
    # A sum tells, since whatever isn't finite spreads; only a sum that isn't finite needs a look at each sample.
    if not np.isfinite(samples.sum(dtype=np.float64)) and not np.isfinite(samples).all():
        raise Invalid(
            "Some samples are not finite numbers.", code="sound.finite", hint="Replace NaN and infinite samples."
        )
    if samples.size and max(samples.max(), -samples.min()) > _HIGHEST_PEAK:
        raise Invalid(
            f"Samples reach {max(samples.max(), -samples.min()):.3g}, where full scale is 1.",
            code="sound.scale",
            hint="Divide whole numbers by their full scale first.",
        )


def _refuse_without_place(seconds: float, power: float) -> None:
    if seconds < SHORTEST:
        raise Invalid(
            f"The sound lasts {seconds:.2f} s; a mark needs {SHORTEST:g} s.",
            code="sound.short",
            hint="Mark a longer sound, or join short ones before.",
        )
    if power < QUIETEST**2:
        raise Invalid(
            "The sound is silent: its level is less than 80 dB under full scale, and a mark must stay under it.",
            code="sound.silent",
            hint="Mark sounds that can be heard.",
        )


def _power(samples: NDArray[np.floating]) -> float:
    flat = samples.reshape(-1)
    return float(np.dot(flat, flat)) / max(1, len(flat))


def _best_beginning(low: list[Samples], found: Pattern, payload: Payload) -> int:
    """The beginning at which all lines agree best with the first passage; it adds about 4 to the score of a short one.

    The pattern repeats, so where it begins is free, and the best of 16,384 chances is that good.
    """
    sound = heard(np.mean([channel[:PASSAGE] for channel in low], axis=0))
    lines, phasors = found.all_lines(code.encode(payload))
    return round(int(offsets(sound, lines, phasors).argmax()) - sound.middle) % PERIOD


def _mark(sound: Samples, period: NDArray[np.complex64]) -> Samples:
    """The mark of a channel at RATE, a stretch at a time, so that an hour needs little more memory than a minute."""
    mark = np.empty_like(sound)
    for start in range(0, len(sound), _STRETCH):
        lead = _LEAD if start else 0
        part = sound[start - lead : start + _STRETCH + _LEAD]
        mark[start : start + _STRETCH] = shaped(part, period)[lead : lead + _STRETCH]
    return mark
