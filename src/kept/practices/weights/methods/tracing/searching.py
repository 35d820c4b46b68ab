"""The score of every recipient: the sum of the carrier's numbers under the weights, over its own deviation.

A carrier that played no part in making the suspect is independent of the weights, and its numbers are sums of fair
coins. So E exp(t Σ w c) ≤ exp(t² Σ w² / 2) (Hoeffding 1963), and a score exceeds z with a chance of at most exp(-z²/2),
whatever the suspect, the original and the weights are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kept.practices.weights.methods.tracing.carriers import COINS, SCALE, Carrier
from kept.practices.weights.methods.tracing.numbers import Numbers
from kept.practices.weights.methods.tracing.weighing import Evidence
from kept.practices.weights.records.traces import CarrierKey

SCREEN = 1 << 21
"""So many values are compared with every recipient; all values, with the best few of those."""
SHORTLIST = 64
_SPAN = 1 << 17
_GAP = 1 << 12
_PRODUCT = 1 << 13
"""Short enough for numpy's linear algebra to keep to one thread: threads that wait for each other cost far more."""
_AT_ONCE = 16

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Span:
    """Weights of values that follow one another in a tensor, from the value `start` on."""

    tensor: str
    start: int
    weights: Numbers = field(repr=False)


def search(evidence: Sequence[Evidence], keys: Sequence[CarrierKey]) -> Scores:
    """The score of each key, in the order given; those outside the shortlist are scored by part of the values only.

    A score is 0 where there is no evidence.
    """
    sizes = sum(each.weights.size for each in evidence)
    if sizes <= SCREEN or len(keys) <= SHORTLIST:
        return scores(evidence, keys)
    found = scores([_thinned(each, -(-sizes // SCREEN)) for each in evidence], keys)
    best = np.argsort(-found)[:SHORTLIST]
    found[best] = scores(evidence, [keys[at] for at in best])
    return found


def scores(evidence: Sequence[Evidence], keys: Sequence[CarrierKey]) -> Scores:
    """The score of each key by all of the evidence."""
    laid = [span for each in evidence for span in spans(each)]
    deviation = float(np.sqrt(sum(float(span.weights @ span.weights) for span in laid)))
    sums = np.zeros(len(keys))
    if deviation == 0:
        return sums
    for at in range(0, len(keys), _AT_ONCE):
        sums[at : at + _AT_ONCE] = _summed(laid, keys[at : at + _AT_ONCE])
    return sums / deviation


def spans(evidence: Evidence) -> Iterator[Span]:
    """The evidence of a tensor as spans; short gaps between rows are bridged with zeros."""
    columns = evidence.weights.shape[1]
    starts = evidence.rows * columns
    breaks = np.flatnonzero(np.diff(starts) > columns + _GAP) + 1
    for piece in np.split(np.arange(len(starts)), breaks):
        for first in range(0, len(piece), max(1, _SPAN // columns)):
            rows = piece[first : first + max(1, _SPAN // columns)]
            if len(rows) == 0:
                continue
            start = int(starts[rows[0]])
            weights = np.zeros(int(starts[rows[-1]]) + columns - start, np.float32)
            for row in rows:
                at = int(starts[row]) - start
                weights[at : at + columns] = evidence.weights[row] * evidence.scales[row]
            yield Span(evidence.tensor, start, weights)


def _summed(laid: Sequence[Span], keys: Sequence[CarrierKey]) -> Scores:
    drawn = np.empty((len(keys), max(len(span.weights) for span in laid)), np.uint8)
    counts = np.empty((len(keys), _PRODUCT), np.float32)
    total, tensor, carriers = np.zeros(len(keys)), "", list[Carrier]()
    for span in laid:
        if span.tensor != tensor or not carriers:
            tensor, carriers = span.tensor, [Carrier.of(key, span.tensor) for key in keys]
        size = len(span.weights)
        for carrier, row in zip(carriers, drawn, strict=True):
            carrier.fill(row[:size], span.start)
        for at in range(0, size, _PRODUCT):
            weights = span.weights[at : at + _PRODUCT]
            part = counts[:, : len(weights)]
            np.copyto(part, np.bitwise_count(drawn[:, at : at + len(weights)]))
            total += np.vecdot(part, weights) - COINS / 2 * float(weights.sum(dtype=np.float64))
    found: Scores = total * SCALE
    return found


def _thinned(evidence: Evidence, by: int) -> Evidence:
    kept = slice(None, None, by)
    return Evidence(evidence.tensor, evidence.rows[kept], evidence.weights[kept], evidence.scales[kept])
