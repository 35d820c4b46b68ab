"""Why somebody was shown, in words that a manager can read and check: which feature, against what."""

import numpy as np
from numpy.typing import NDArray

from kept.practices.weights.methods.insiders.features import FEATURES, NAMES
from kept.practices.weights.methods.insiders.habits import Day
from kept.practices.weights.records.insiders import Reason

MOST = 3
_LEAST = 1.0


def reasons(day: Day, row: int, parts: NDArray[np.float64]) -> tuple[Reason, ...]:
    """The features that add most to one person's sum, the largest first; `parts` is their row of `Queue.parts`."""
    order = [int(number) for number in np.argsort(-parts)[:MOST] if parts[number] >= _LEAST]
    return tuple(_reason(day, row, number) for number in order)


def sentence(found: tuple[Reason, ...], *, pile: float = 0.0) -> str:
    """What a manager reads."""
    said = "; ".join(map(_words, found)) or "Nothing of this day alone stands out"
    return f"{said}.{' The days before were too much, too.' if pile > _PILED else ''}"


_PILED = 8.0


def _reason(day: Day, row: int, number: int) -> Reason:
    feature = FEATURES[number]
    peers = float(np.exp(day.shifts[row, number])) if feature.kind == "volume" else None
    value, usual, z = day.values[row, number], day.usual[row, number], day.z[row, number]
    return Reason(
        feature.name, round(float(value), 3), round(float(usual), 3), peers and round(peers, 2), round(float(z), 1)
    )


def _words(reason: Reason) -> str:
    feature = FEATURES[NAMES.index(reason.feature)]
    value, usual = reason.value / feature.unit, reason.usual / feature.unit
    said = f"{_number(value)} {feature.words}, where {_number(usual)} would be usual for this person"
    if reason.peers is None:
        return said
    return f"{said}, and others of the role were at {reason.peers:.1f} times their own habit"


def _number(value: float) -> str:
    if value >= 10 or value == round(value) > 0:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 0.05 else "none"
