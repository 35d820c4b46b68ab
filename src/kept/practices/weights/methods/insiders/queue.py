"""The ranked queue: today's distance from habit and peers, plus what piled up over days; the worst few are shown.

It makes no statistical claim: the budget says how many are shown, whatever the scores. Features that are further up
than usual add; a leaky CUSUM (E. S. Page, "Continuous inspection schemes", 1954) adds up days that are each a little
too much. The sum of both is ranked, since a thief who takes all in a day and one who takes a month must both be seen.
"""

import numpy as np
from numpy.typing import NDArray

from kept.practices.weights.methods.insiders.arrays import Rows
from kept.practices.weights.methods.insiders.features import (
    ACCESSES,
    BREADTH,
    BYTES,
    EXPORTED,
    FEATURES,
    LATE,
    MUTUAL,
    NEW_FILES,
    NEW_HOSTS,
    OUTSIDE,
    REFUSED,
)
from kept.practices.weights.methods.insiders.habits import CLIP, MEMORY, Day

LEAK = 0.95
"""What a day that adds leaves of the pile; one that doesn't leaves QUIET of it."""
QUIET = 0.8
SLACK = 0.5
"""How far beyond a person's usual sum a day must be to add to the pile."""
HIGHEST = 20.0
"""The pile never counts for more, so that an old affair doesn't hide a new one."""
LOWEST = 6.0
"""Nobody is shown for less, also where the budget would allow it."""
PAUSE = 7
"""Days for which someone who was shown is not shown again, unless the score has doubled."""
GROUPS: tuple[tuple[tuple[int, ...], float], ...] = (
    ((BYTES,), 0.0),
    ((EXPORTED,), 0.0),
    ((ACCESSES, BREADTH), 0.0),
    ((LATE,), 0.0),
    ((NEW_FILES, OUTSIDE), 0.6),
    ((REFUSED,), 0.0),
    ((NEW_HOSTS,), 0.0),
    ((MUTUAL,), 0.0),
)
"""Features that rise together count once, by the highest of them, and by this share of the other."""
RARE = 1.4
"""What a count weighs against a volume: what is rare at all says more than what is large."""
_POWER, _SCALE = 1.25, 1.5
_WEIGHTS = np.array([RARE if feature.kind == "count" else 1.0 for feature in FEATURES])
ALLOWANCE = 4.0
"""The most that a confirmed harmless pattern raises a person's own threshold for one feature, in spreads."""

Floats = NDArray[np.float64]


class Queue:
    """The piles of everybody, and when each was shown last."""

    def __init__(self) -> None:
        self.rows = Rows(
            {
                "usual": ((), np.float32, 2.0),
                "days": ((), np.int32, 0),
                "pile": ((), np.float32, 0.0),
                "last": ((), np.int32, -1),
                "shown": ((), np.int32, -1_000_000),
                "shown_score": ((), np.float32, 0.0),
                "allowance": ((len(FEATURES),), np.float32, 0.0),
            }
        )

    def parts(self, day: Day) -> Floats:
        """What each feature adds to a person's sum, by row and column: its z above 0 and above any allowance."""
        self.rows.make_room(int(day.people.max(initial=0)) + 1)
        return np.asarray(np.clip(day.z - self.rows["allowance"][day.people], 0.0, CLIP))

    def score(self, day: Day, number: int) -> Floats:
        """The score of everybody in the day with this number; piles and usual sums are learned."""
        people = day.people
        total = together(self.parts(day))
        usual = self.rows["usual"][people].astype(float)
        beyond = total - usual
        last = self.rows["last"][people]
        away = np.where(last < 0, 0, np.maximum(number - last - 1, 0))
        kept = LEAK**away * np.where(beyond > SLACK, LEAK, QUIET)
        pile = np.clip(self.rows["pile"][people] * kept + beyond - SLACK, 0.0, HIGHEST)
        rate = 1.0 / np.minimum(self.rows["days"][people] + 2.0, MEMORY)
        self.rows["usual"][people] = usual + rate * np.clip(beyond, -4.0, 4.0)
        self.rows["pile"][people] = pile
        self.rows["last"][people] = number
        self.rows["days"][people] += 1
        return np.asarray(beyond + pile)

    def show(self, people: NDArray[np.int64], scores: Floats, number: int, *, budget: int) -> NDArray[np.int64]:
        """The places, in `people`, of the `budget` who are shown this day, the worst first."""
        paused = number - self.rows["shown"][people] <= PAUSE
        fresh = ~paused | (scores >= 2 * self.rows["shown_score"][people])
        order = np.argsort(-scores, kind="stable")
        chosen = order[(scores[order] >= LOWEST) & fresh[order]][:budget]
        self.rows["shown"][people[chosen]] = number
        self.rows["shown_score"][people[chosen]] = scores[chosen]
        return np.asarray(chosen, np.int64)

    def allow(self, person: int, feature: int, spreads: float) -> None:
        """Raise one person's own threshold for one feature, after a pattern was confirmed to be harmless."""
        self.rows.make_room(person + 1)
        row = self.rows["allowance"][person]
        row[feature] = min(max(float(row[feature]), spreads), ALLOWANCE)


def together(parts: Floats) -> Floats:
    """The sum of each row over the groups; a feature far out counts for more than several that are a little out."""
    weighed = parts * _WEIGHTS
    highest = [
        weighed[:, list(group)].max(axis=1) + (share * weighed[:, list(group)].min(axis=1) if share else 0.0)
        for group, share in GROUPS
    ]
    return np.asarray((np.stack(highest, axis=1) ** _POWER).sum(axis=1) / _SCALE)
