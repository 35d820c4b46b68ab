"""How long things take, where some have not ended yet: Kaplan and Meier, with an interval for the median.

The interval is that of Brookmeyer and Crowley (1982, Biometrics 38:29-41), with Greenwood's variance on the scale of
log(-log S): the times at which a test at the level would not refuse a survival of one half.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kept.core.estimate.records import LEVEL
from kept.errors import Invalid

ROUNDING = 1e-12
METHOD = "kaplan-meier: brookmeyer-crowley, log-log"


@dataclass(frozen=True, slots=True)
class Waited:
    """One case: how many days it took, or has taken so far where it has not `ended`."""

    days: float
    ended: bool


@dataclass(frozen=True, slots=True)
class Step:
    """The share that lasts longer than `days`, and Greenwood's sum for it."""

    days: float
    surviving: float
    greenwood: float


@dataclass(frozen=True, slots=True)
class Median:
    """The median in days with its interval; None is a time that the cases have not reached."""

    value: float | None
    low: float | None
    high: float | None
    level: float
    n: int
    ended: int
    method: str = METHOD

    def document(self) -> dict[str, Any]:
        """The median as plain JSON values."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "level": self.level,
            "n": self.n,
            "ended": self.ended,
            "method": self.method,
        }


def curve(cases: Iterable[Waited]) -> tuple[Step, ...]:
    """Kaplan and Meier's curve: S(t) is the product over times of (1 - ended / at risk), in steps where one ended."""
    held = sorted(cases, key=lambda case: case.days)
    if any(case.days < 0 or not math.isfinite(case.days) for case in held):
        raise Invalid("A case takes no negative number of days.", code="survival.days")
    steps: list[Step] = []
    surviving, greenwood, at = 1.0, 0.0, 0
    while at < len(held):
        same = [case for case in held[at:] if case.days == held[at].days]
        ended, risk = sum(case.ended for case in same), len(held) - at
        if ended:
            surviving *= 1 - ended / risk
            greenwood += ended / (risk * (risk - ended)) if risk > ended else math.inf
            steps.append(Step(same[0].days, surviving, greenwood))
        at += len(same)
    return tuple(steps)


def median(cases: Sequence[Waited], *, level: float = LEVEL) -> Median:
    """The time by which half have ended, and its interval at `level`; what was not reached is None.

    Of n cases the first end comes after the true median with probability 2^-n, and so does the last before it; where
    that is more than half of 1 - `level`, the cases are too few to bound the median on either side.
    """
    from scipy.special import ndtri

    steps, z = curve(cases), float(ndtri(0.5 + level / 2))
    ended = sum(case.ended for case in cases)
    value = next((step.days for step in steps if step.surviving <= 0.5 + ROUNDING), None)
    if 0.5 ** len(cases) > (1 - level) / 2 or not steps:
        return Median(value, 0.0, None, level, len(cases), ended)
    within = [at for at, step in enumerate(steps) if _holds(step, z)]
    low = steps[within[0]].days if within else steps[-1].days
    after = within[-1] + 1 if within else len(steps)
    high = steps[after].days if after < len(steps) else None
    if value is not None:
        low = min(low, value)
        high = value if not within else high if high is None else max(high, value)
    return Median(value, low, high, level, len(cases), ended)


def _holds(step: Step, z: float) -> bool:
    """Whether one half is a survival that the step does not refuse, on the scale of log(-log)."""
    if not 0 < step.surviving < 1:
        return False
    spread = math.sqrt(step.greenwood) / abs(math.log(step.surviving))
    return abs(math.log(-math.log(step.surviving)) - math.log(math.log(2))) <= z * spread
