"""At which hours a person is at work, on working days and on days of rest; what lies outside counts as late."""

import numpy as np
from numpy.typing import NDArray

from kept.practices.weights.methods.insiders.arrays import Rows
from kept.practices.weights.methods.insiders.counting import HOURS

USUAL = 0.12
"""An hour is quite usual where it and its two neighbours hold this share of the past; below, it counts in part."""
_PRIOR = 20.0  # accesses' worth of the role's hours, which a new person begins with
_ENOUGH = 200.0  # accesses of a role before any hour is called unusual
_KEEP = 1 - 1 / 60

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Hours:
    """The hours of everybody, forgetting at each active day."""

    def __init__(self) -> None:
        self.rows = Rows({"hours": ((2, HOURS), np.float32, 0.0)})
        self.roles = np.zeros((0, 2, HOURS))

    def late(self, people: Ints, roles: Ints, hours: Floats, *, rest: bool) -> Floats:
        """How many of the day's accesses fell on unusual hours, and learn them; `hours` is 24 counts for each."""
        self.rows.make_room(int(people.max(initial=0)) + 1)
        missing = int(roles.max(initial=0)) + 1 - len(self.roles)
        if missing > 0:
            self.roles = np.vstack([self.roles, np.zeros((missing, 2, HOURS))])
        kind = int(rest)
        found = np.asarray((hours * self._unusual(people, roles, kind)).sum(axis=1))
        own = self.rows["hours"]
        own[people, kind] = own[people, kind] * _KEEP + hours
        self.roles[:, kind] *= _KEEP
        for role in np.unique(roles):
            self.roles[role, kind] += hours[roles == role].sum(axis=0)
        return found

    def _unusual(self, people: Ints, roles: Ints, kind: int) -> Floats:
        """From 0, an hour at which the person is often at work, to 1, one at which they never were."""
        pooled = self.roles[roles, kind]
        total = pooled.sum(axis=1, keepdims=True)
        own = self.rows["hours"][people, kind].astype(float) + _PRIOR * pooled / np.maximum(total, 1.0)
        near = own + np.roll(own, 1, axis=1) + np.roll(own, -1, axis=1)
        share = near / np.maximum(own.sum(axis=1, keepdims=True), 1e-9)
        return np.asarray(np.clip(1 - share / USUAL, 0.0, 1.0) * (total >= _ENOUGH))
