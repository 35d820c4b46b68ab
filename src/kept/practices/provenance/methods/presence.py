"""How sure a score is: bounds that hold whatever the unmarked content is, since only the key is random.

A detector correlates what it received with lines of random phase. For fixed content and a key that nobody used on it,
the sum S of a_k cos(φ_k + θ_k) has independent, uniform φ_k, so E exp(sS) = Π I₀(s a_k) ≤ exp(s² Σ a_k² / 4), since
I₀(x) ≤ exp(x²/4). With z = S / √(Σ a_k² / 2), Chernoff's bound gives P(z > t) ≤ exp(-t²/2). Random signs in place of
phases give the same for z = S / √(Σ a_k²) (Hoeffding, 1963). Over all that was tried, the chances add up at most.
"""

import math

GATE = 1e-9
"""The chance of a false find that a mark has to lie under, unless another is asked for."""
LEAST = 1e-300
"""No smaller bound is stated: a double would make it 0, which no chance is."""


def p_value(score: float, hypotheses: int) -> float:
    """At most this is the chance that the best of so many scores on unmarked content reaches `score`; never 0."""
    exponent = math.log(hypotheses) - score**2 / 2 if score > 0 else 0.0
    return max(LEAST, math.exp(min(0.0, exponent)))


def threshold(gate: float, hypotheses: int) -> float:
    """The score from which `p_value` is at most `gate`."""
    return math.sqrt(2 * math.log(hypotheses / gate))
