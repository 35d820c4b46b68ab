"""Finds a mark in a sound: whether one is there, what it says, and how sure that is."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from kept.practices.provenance.methods import code
from kept.practices.provenance.methods.presence import GATE, p_value
from kept.practices.provenance.methods.sound import searching
from kept.practices.provenance.methods.sound.hearing import PASSAGE, WINDOW, Heard, heard
from kept.practices.provenance.methods.sound.marking import QUIETEST, check
from kept.practices.provenance.methods.sound.pattern import PERIOD, RATE, Pattern, Samples, pattern
from kept.practices.provenance.methods.sound.rates import converted
from kept.practices.provenance.methods.sound.searching import EIGHTH, OFFSETS, RANGE, Place, refined, turned
from kept.practices.provenance.records import Detection, MarkKey, Payload

SHORTEST = 1.0
"""Seconds under which nothing is looked for."""
_PLACES = 2 * (2 * RANGE + 1) * OFFSETS
"""Signs, speeds and offsets that a search of one window or passage may end at."""
_NOTICED = 5.0
"""The statistic of the sync lines from which a place is worth reading: noise reaches it in most searches."""
_EACH = 3


def detect(
    samples: NDArray[np.floating], rate: int, keys: Sequence[MarkKey], *, full: bool = True, gate: float = GATE
) -> Detection | None:
    """The mark of one of the keys, or None where none is found whose p-value is at most `gate`.

    `samples` are (n, channels) of float32 or float64 at `rate` Hz. 1. Each passage of 43.7 s is heard at 12 kHz. 2. It
    is searched at its own speed, then each of its windows of 10.9 s at every speed within 5.5 %. 3. What the best
    places say is read, and counts only with a valid checksum. 4. The score is that of all lines for what was read.
    Every payload that might have been read is a hypothesis, beside all keys, passages, windows, signs, speeds and
    offsets, and the p-value is over all of them, wherever the search ended. Without `full`, only the sound's own speed
    is searched, which is faster.

    Raises Invalid for samples that are no sound (see `marking.check`); a sound that is silent or shorter than a second
    holds no mark.
    """
    check(samples, rate)
    if not keys or len(samples) < SHORTEST * rate:
        return None
    mixed = samples.mean(axis=1, dtype=np.float32)
    if np.sqrt(np.mean(np.square(mixed))) < QUIETEST / 10:
        return None
    sound = converted(mixed, rate, RATE)
    patterns = [pattern(key) for key in keys]
    passages = list(_passages(sound))
    hypotheses = len(keys) * sum(-(-len(each) // WINDOW) + 1 for _, each in passages) * _PLACES << code.PAYLOAD_BITS
    for start, passage in passages:
        whole = heard(passage)
        for place, which, payload, middle in _marks(whole, patterns, full):
            chance = p_value(place.score, hypotheses)
            if chance <= gate:
                begin = place.position / EIGHTH - place.speed * (start + whole.middle + middle)
                offset = begin % PERIOD / RATE
                return Detection(
                    payload, keys[which].id, chance, hypotheses, place.score, speed=place.speed, offset=offset
                )
    return None


def _passages(sound: Samples) -> Iterator[tuple[int, Samples]]:
    count = -(-len(sound) // PASSAGE)
    length = -(-len(sound) // count)
    for start in range(0, len(sound), length):
        yield start, sound[start : start + length]


def _marks(whole: Heard, patterns: list[Pattern], full: bool) -> Iterator[tuple[Place, int, Payload, float]]:
    """The marks that are read in a passage, each with its pattern's number and the middle that its position is at."""
    for which, each in enumerate(patterns):
        place = searching.aligned(whole, each)
        if place.score > _NOTICED:
            yield from _read(whole, each, place, which, 0.0)
    for window, middle in enumerate(whole.middles.tolist() if full else ()):
        alone = whole.alone(window)
        for place, which in searching.anywhere(alone, patterns, _EACH):
            if place.score <= _NOTICED:
                continue
            near = refined(alone, patterns[which], place)
            if len(whole.middles) > 1:
                moved = Place(near.score, near.drift, near.seen_from(-middle), near.sign)
                yield from _read(whole, patterns[which], moved, which, 0.0)
            yield from _read(alone, patterns[which], near, which, middle)


def _read(
    heard: Heard, pattern: Pattern, place: Place, which: int, middle: float
) -> Iterator[tuple[Place, int, Payload, float]]:
    """What is read near a place, where the checksum holds; its score is that of all lines."""
    place = refined(heard, pattern, place)
    if place.score <= _NOTICED:
        return
    data = heard.lines(pattern.data, place.speed) * turned(pattern.data, place.position) * place.sign
    payload = code.decode(pattern.read(data))
    if payload is not None:
        lines, expected = pattern.all_lines(code.encode(payload))
        received = heard.lines(lines, place.speed) * turned(lines, place.position) * place.sign
        score = searching.score(received, expected)
        yield Place(score, place.drift, place.position, place.sign), which, payload, middle
