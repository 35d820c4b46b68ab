"""Who is named: those whose score nobody would reach by chance, and who stand apart from all who aren't named."""

import math
from collections.abc import Sequence

import numpy as np

from kept.practices.weights.methods.tracing.searching import Scores
from kept.practices.weights.records.traces import CarrierKey, Lead

GATE = 1e-9
"""The chance that anybody is named who isn't a source has to lie under this."""
APART = 1000.0
"""How many times likelier by chance the best score of those who aren't named has to be."""
SHOWN = 5
LEAST = 1e-300
"""No smaller chance is stated: a double would make it 0, which no chance is."""


def leads(keys: Sequence[CarrierKey], scores: Scores, *, hypotheses: int) -> tuple[Lead, ...]:
    """The recipients by their scores, the highest first; a chance is over all hypotheses that were tried."""
    order = np.argsort(-scores, kind="stable")
    return tuple(_lead(keys[at].recipient, float(scores[at]), hypotheses) for at in order)


def named(ordered: Sequence[Lead], *, gate: float = GATE) -> tuple[Lead, ...]:
    """Those of the leads who are named: as many as are under the gate and stand apart from the next."""
    under = sum(1 for lead in ordered if lead.exponent <= math.log10(gate))
    for count in range(under, 0, -1):
        if count == len(ordered) or ordered[count].exponent - ordered[count - 1].exponent >= math.log10(APART):
            return tuple(ordered[:count])
    return ()


def _lead(recipient: str, score: float, hypotheses: int) -> Lead:
    exponent = math.log10(max(1, hypotheses)) - max(0.0, score) ** 2 / (2 * math.log(10))
    exponent = min(0.0, exponent)
    return Lead(recipient, score, max(LEAST, 10.0 ** max(exponent, -300.0)), exponent)
