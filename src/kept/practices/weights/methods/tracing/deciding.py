"""Who is named: those whose score nobody would reach by chance.

Who is neither named nor innocent by all appearances is suspected, and said to be. So whoever is named stands a million
times apart from everybody who isn't under suspicion.
"""

import math
from collections.abc import Sequence

import numpy as np

from kept.practices.weights.methods.tracing.searching import Scores
from kept.practices.weights.records.traces import CarrierKey, Lead

GATE = 1e-9
"""The chance that anybody is named who isn't a source has to lie under this."""
SUSPECTED = 1e-3
"""Up to this chance somebody is suspected, and not named: less than one trace in a thousand suspects an innocent."""
SHOWN = 5
LEAST = 1e-300
"""No smaller chance is stated: a double would make it 0, which no chance is."""


def leads(keys: Sequence[CarrierKey], scores: Scores, *, hypotheses: int) -> tuple[Lead, ...]:
    """The recipients by their scores, the highest first; a chance is over all hypotheses that were tried."""
    order = np.argsort(-scores, kind="stable")
    return tuple(_lead(keys[at].recipient, float(scores[at]), hypotheses) for at in order)


def named(ordered: Sequence[Lead], *, gate: float = GATE) -> tuple[Lead, ...]:
    """Those of the leads whose chance is at most `gate`."""
    return tuple(lead for lead in ordered if lead.exponent <= math.log10(gate))


def shown(ordered: Sequence[Lead]) -> tuple[Lead, ...]:
    """The leads that a report tells of: everybody who is suspected, and a few more to compare them with."""
    suspected = sum(lead.exponent <= math.log10(SUSPECTED) for lead in ordered)
    return tuple(ordered[: suspected + SHOWN])


def _lead(recipient: str, score: float, hypotheses: int) -> Lead:
    exponent = math.log10(max(1, hypotheses)) - max(0.0, score) ** 2 / (2 * math.log(10))
    exponent = min(0.0, exponent)
    return Lead(recipient, score, max(LEAST, 10.0 ** max(exponent, -300.0)), exponent)
