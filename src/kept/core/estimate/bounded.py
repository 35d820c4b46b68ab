"""Running bounds for the mean of numbers in [0, 1], for a whole series at once."""

from typing import TYPE_CHECKING, NamedTuple

from kept.core.estimate.records import LEVEL, check_level
from kept.core.estimate.sequential import ABOVE, BELOW, Stakes
from kept.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

_HALVINGS = 50


class ConfidenceSequence(NamedTuple):
    """The bounds after each observation; element i uses the observations up to i, and i alone never loosens them."""

    lower: "Numbers"
    upper: "Numbers"


def confidence_sequence(observations: "Sequence[float] | Numbers", *, level: float = LEVEL) -> ConfidenceSequence:
    """Bounds that hold for all times at once with a probability of at least `level` (Waudby-Smith & Ramdas 2024).

    `observations` are numbers in [0, 1] whose mean, given those before, is the same each time; a series of n gives two
    arrays of n. The bounds are the running intersection of the intervals that `anytime` computes: the means that
    neither bettor has refuted yet. Raises Invalid for a level outside (0, 1), or observations that are no such series.
    """
    import numpy as np

    check_level(level)
    seen = np.asarray(observations, dtype=np.float64)
    if seen.ndim != 1 or not np.all((seen >= 0) & (seen <= 1)):
        raise Invalid(
            "A confidence sequence takes one series of numbers from 0 to 1.",
            code="estimate.observations",
            hint="Leave out what was not assessed, or take its worst case.",
        )
    enough = -float(np.log((1 - level) / 2))
    upper = _crossings(seen, BELOW, enough, rising=True)
    lower = _crossings(seen, ABOVE, enough, rising=False)
    return ConfidenceSequence(np.maximum.accumulate(lower), np.minimum.accumulate(upper))


def _crossings(seen: "Numbers", stakes: Stakes, enough: float, *, rising: bool) -> "Numbers":
    """For each prefix of the series, the mean at which the capital of `stakes` is `enough`."""
    import numpy as np

    multipliers, shares = (np.array(column)[:, None] for column in zip(*stakes, strict=True))
    winnings = np.log(shares) + np.cumsum(np.log(1 + (multipliers - 1) * seen), axis=1)
    count = np.arange(1, seen.size + 1)
    low, high = np.zeros(seen.size), np.ones(seen.size)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        capital = np.logaddexp.reduce(winnings - count * np.log(1 + (multipliers - 1) * middle), axis=0)
        beyond = (capital >= enough) == rising
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    return high if rising else low
