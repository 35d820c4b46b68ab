"""A number with its uncertainty: no figure leaves a room bare.

The browser verifier recomputes what reports show; `tests/vectors/estimate` pins both sides.
"""

from kept.core.estimate.bounded import ConfidenceSequence, confidence_sequence
from kept.core.estimate.calibration import Calibration, Scope, calibration_for
from kept.core.estimate.clusters import KORN_GRAUBARD, OUTCOMES, WORST_CASE, clustered, rate, worst_case
from kept.core.estimate.corrected import (
    INCONCLUSIVE,
    LANG_REICZIGEL,
    corrected,
    corrected_rate,
    corrected_worst_case,
    inconclusive,
)
from kept.core.estimate.intervals import CLOPPER_PEARSON, WILSON, clopper_pearson, wilson
from kept.core.estimate.records import LARGEST, LEVEL, NONE_ASSESSED, Estimate
from kept.core.estimate.sequential import BETTING, Decision, SequentialTest, Stop, anytime, stopping_point

__all__ = [
    "BETTING",
    "CLOPPER_PEARSON",
    "INCONCLUSIVE",
    "KORN_GRAUBARD",
    "LANG_REICZIGEL",
    "LARGEST",
    "LEVEL",
    "NONE_ASSESSED",
    "OUTCOMES",
    "WILSON",
    "WORST_CASE",
    "Calibration",
    "ConfidenceSequence",
    "Decision",
    "Estimate",
    "Scope",
    "SequentialTest",
    "Stop",
    "anytime",
    "calibration_for",
    "clopper_pearson",
    "clustered",
    "confidence_sequence",
    "corrected",
    "corrected_rate",
    "corrected_worst_case",
    "inconclusive",
    "rate",
    "stopping_point",
    "wilson",
    "worst_case",
]
