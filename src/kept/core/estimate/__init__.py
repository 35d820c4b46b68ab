"""A number with its uncertainty: no figure leaves a room bare.

The browser verifier recomputes what reports show; `tests/vectors/estimate` pins both sides.
"""

from kept.core.estimate.bootstrap import cluster_bootstrap, two_way_bootstrap
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
from kept.core.estimate.forecast import best_of
from kept.core.estimate.hits import hit_at_k
from kept.core.estimate.intervals import CLOPPER_PEARSON, WILSON, clopper_pearson, wilson
from kept.core.estimate.paired import Equivalence, benjamini_hochberg, equivalence, paired_difference, sign_test
from kept.core.estimate.planning import detectable_difference, prompts_for_bound, prompts_for_difference
from kept.core.estimate.powered import prediction_powered
from kept.core.estimate.records import LARGEST, LEVEL, NONE_ASSESSED, Estimate
from kept.core.estimate.robust import cluster_robust, two_way_robust
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
    "Equivalence",
    "Estimate",
    "Scope",
    "SequentialTest",
    "Stop",
    "anytime",
    "benjamini_hochberg",
    "best_of",
    "calibration_for",
    "clopper_pearson",
    "cluster_bootstrap",
    "cluster_robust",
    "clustered",
    "confidence_sequence",
    "corrected",
    "corrected_rate",
    "corrected_worst_case",
    "detectable_difference",
    "equivalence",
    "hit_at_k",
    "inconclusive",
    "paired_difference",
    "prediction_powered",
    "prompts_for_bound",
    "prompts_for_difference",
    "rate",
    "sign_test",
    "stopping_point",
    "two_way_bootstrap",
    "two_way_robust",
    "wilson",
    "worst_case",
]
