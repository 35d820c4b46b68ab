"""What is usual: for each person against their own past, less what all of the same role did on the same day.

Every level and spread is learned step by step with clipped steps (P. J. Huber, "Robust Statistics", 1981), so that one
wild day moves it little, and forgets: about `MEMORY` active days count. State is a few numbers for each person.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kept.practices.weights.methods.insiders.arrays import Rows
from kept.practices.weights.methods.insiders.features import (
    ACCESSES,
    BYTES,
    COUNTS,
    EXPORTED,
    FEATURES,
    NEW_FILES,
    NEW_HOSTS,
    OUTSIDE,
    VOLUMES,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MEMORY = 60.0
"""Active days after which what was learned counts for 1/e."""
WARM = 14
"""Active days of a person before they are measured by their own past; until then by that of their role."""
STEADY = 28
"""Active days after which a copy of a person's habits is kept as it is, for the test with a guarantee."""
PEERS = 5
"""How many of a role must be active for their day to be a measure of the others."""
CLIP = 8.0
"""No feature counts for more than this many spreads."""
_STEP, _WIDE_STEP = 2.0, 4.0
_PRIOR = 20.0  # accesses' worth of the role's rate, which a new person begins with
_ANSCOMBE = 0.375
_V, _C = np.array(VOLUMES), np.array(COUNTS)
_SIZED = np.array([number in (BYTES, EXPORTED) for number in VOLUMES])
_WIDE = len(FEATURES)
_FIRST_TIMES = np.array([NEW_FILES, NEW_HOSTS, OUTSIDE])
_FLOOR = np.array([0.1 if feature.kind == "volume" else 0.5 for feature in FEATURES])
"""The least spread of each feature: a volume's in natural logarithms, a count's in Poisson units."""
_KEPT = ("level", "spread", "exposure", "scale")
_SHARE = 1.0
_STRANGERS = 0.7
"""The least spread between people of one role, in natural logarithms."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the people who were active: row by row, features by column (`features.FEATURES`)."""

    people: Ints
    roles: Ints
    values: Floats
    residuals: Floats
    """How far each value is from the person's own level, on the feature's own scale."""
    shifts: Floats
    """The same for the middle of the role that day."""
    z: Floats
    """Residual less shift, in the person's own spreads, within ±CLIP."""
    usual: Floats
    """The value that habit led one to expect, before the shift."""


class Habits:
    """The levels and spreads of everybody.

    A volume is held as the natural logarithm of 1 + its units; a count as how often it happened, beside `exposure`, the
    accesses that it happened in, so that its rate for an access is their ratio.
    """

    def __init__(self) -> None:
        now = {
            "days": ((), np.int32, 0.0),
            "level": ((_WIDE,), np.float32, 0.0),
            "spread": ((_WIDE,), np.float32, 1.0),
            "exposure": ((), np.float32, 0.0),
            "scale": ((), np.float32, np.nan),
        }
        self.rows = Rows(now | {f"steady_{name}": now[name] for name in _KEPT})
        self.scales = np.zeros(0)
        """For each role: the usual logarithm of a day's bytes."""
        self.pooled = np.zeros((0, _WIDE + 1))
        """For each role: how often each count happened, and in how many accesses (last column); forgetting."""

    def measure(self, people: Ints, roles: Ints, values: Floats) -> Day:
        """Compare one day with habit and with peers; nothing is learned. Values are counts and bytes."""
        self._make_room(people, roles)
        self._begin_scales(people, roles, values[:, BYTES])
        residuals, usual = self._residuals(people, roles, values, "")
        known = self.rows["days"][people] >= WARM
        shifts = _shifts(residuals, roles, known)
        z = (residuals - shifts) / np.maximum(self.rows["spread"][people], _FLOOR)
        if not known.all():
            logs = np.log1p(values[:, _V] / self._unit(self.scales[roles]))
            z[~known] = _among_peers(logs, roles, residuals, known)[~known]
        return Day(people, roles, values, residuals, shifts, np.clip(z, -CLIP, CLIP), usual)

    def steady(self, day: Day) -> tuple[NDArray[np.bool_], Floats]:
        """Whose habits are kept, and each person's sum of what is above them, a fixed rule for all their later days."""
        kept = self.rows["days"][day.people] >= STEADY
        residuals, _ = self._residuals(day.people, day.roles, day.values, "steady_")
        z = (residuals - day.shifts) / np.maximum(self.rows["steady_spread"][day.people], _FLOOR)
        return kept, np.clip(z, 0.0, CLIP).sum(axis=1)

    def learn(self, day: Day) -> None:
        """Take one day into what is usual."""
        people, days = day.people, self.rows["days"][day.people]
        rate = (1.0 / np.minimum(days + 1.0, MEMORY))[:, None]
        spread = np.maximum(self.rows["spread"][people], _FLOOR)
        off = day.residuals - day.shifts
        bounded = np.clip(off, -_STEP * spread, _STEP * spread)
        wide = np.clip(off, -_WIDE_STEP * spread, _WIDE_STEP * spread)
        step = np.where(days[:, None] < WARM // 2, off, bounded)
        self.rows["level"][people[:, None], _V] += (rate * step)[:, _V]
        square = self.rows["spread"][people].astype(float) ** 2
        self.rows["spread"][people] = np.sqrt(square + rate * (wide**2 - square))
        self._count(day, days)
        self._learn_scale(day, rate[:, 0])
        self.rows["days"][people] = days + 1
        self._keep(people[days + 1 == STEADY])

    def _count(self, day: Day, days: NDArray[np.int32]) -> None:
        """Learn the rates of counts; what is far above habit is taken in only as far as habit could explain it."""
        people, exposure = day.people, day.values[:, ACCESSES] + 1.0
        usual = day.usual[:, _C]
        taken = np.minimum(day.values[:, _C], usual + 2 * np.sqrt(usual + 1) + 1)
        # Everything is new to a newcomer, which says nothing about later.
        new = np.isin(_C, _FIRST_TIMES)[None, :] & (days[:, None] < WARM)
        taken = np.where(new, usual, taken)
        keep = np.where(days < MEMORY, 1.0, 1 - 1 / MEMORY).astype(np.float32)
        self.rows["level"][people[:, None], _C] = self.rows["level"][people][:, _C] * keep[:, None] + taken
        self.rows["exposure"][people] = self.rows["exposure"][people] * keep + exposure
        self.pooled *= 1 - 1 / MEMORY
        for role in np.unique(day.roles):
            chosen = day.roles == role
            self.pooled[role, _C] += taken[chosen].sum(axis=0)
            self.pooled[role, _WIDE] += exposure[chosen].sum()

    def _keep(self, people: Ints) -> None:
        for name in _KEPT:
            self.rows[f"steady_{name}"][people] = self.rows[name][people]

    def _residuals(self, people: Ints, roles: Ints, values: Floats, which: str) -> tuple[Floats, Floats]:
        residuals, usual = np.zeros_like(values), np.zeros_like(values)
        level = self.rows[f"{which}level"][people].astype(float)
        units = self._units(people, roles, which)
        residuals[:, _V] = np.log1p(values[:, _V] / units) - level[:, _V]
        usual[:, _V] = np.expm1(level[:, _V]) * units
        pooled = self.pooled[roles]
        role = (pooled[:, _C] + 0.5) / (pooled[:, -1:] + 25.0)
        own = (level[:, _C] + _PRIOR * role) / (self.rows[f"{which}exposure"][people][:, None] + _PRIOR)
        expected = (values[:, ACCESSES] + 1.0)[:, None] * own
        usual[:, _C] = expected
        residuals[:, _C] = 2 * (np.sqrt(values[:, _C] + _ANSCOMBE) - np.sqrt(expected + _ANSCOMBE))
        return residuals, usual

    def _units(self, people: Ints, roles: Ints, which: str) -> Floats:
        """What each volume is divided by before its logarithm is taken: 1, or a tenth of the person's usual bytes."""
        scale = self.rows[f"{which}scale"][people].astype(float)
        scale = np.where(np.isnan(scale), self.scales[roles], scale)
        return self._unit(scale)

    @staticmethod
    def _unit(scale: Floats) -> Floats:
        return np.where(_SIZED, _SHARE * np.exp(scale)[:, None], 1.0)

    def _begin_scales(self, people: Ints, roles: Ints, size: Floats) -> None:
        """Give whoever moves bytes for the first time a scale: that of their role, else of this day."""
        new = np.isnan(self.rows["scale"][people]) & (size > 0)
        role = self.scales[roles[new]]
        self.rows["scale"][people[new]] = np.where(role > 0, role, np.log(size[new]))

    def _learn_scale(self, day: Day, rate: Floats) -> None:
        moved = day.values[:, BYTES] > 0
        people, logs = day.people[moved], np.log(day.values[moved, BYTES])
        before = self.rows["scale"][people].astype(float)
        self.rows["scale"][people] = before + rate[moved] * np.clip(logs - before, -1.0, 1.0)
        for role in np.unique(day.roles[moved]):
            middle = float(np.median(self.rows["scale"][people[day.roles[moved] == role]]))
            known = self.scales[role]
            self.scales[role] = middle if known == 0 else known + (middle - known) / MEMORY

    def _make_room(self, people: Ints, roles: Ints) -> None:
        self.rows.make_room(int(people.max(initial=0)) + 1)
        missing = int(roles.max(initial=0)) + 1 - len(self.pooled)
        if missing > 0:
            self.pooled = np.vstack([self.pooled, np.zeros((missing, _WIDE + 1))])
            self.scales = np.concatenate([self.scales, np.zeros(missing)])


def _shifts(residuals: Floats, roles: Ints, known: NDArray[np.bool_]) -> Floats:
    """The middle of each role's residuals that day, which is 0 where too few were active who are known."""
    shifts = np.zeros_like(residuals)
    for role in np.unique(roles):
        chosen = np.flatnonzero(roles == role)
        measured = chosen[known[chosen]]
        if len(measured) >= PEERS:
            shifts[np.ix_(chosen, _V)] = np.median(residuals[np.ix_(measured, _V)], axis=0)
    return shifts


def _among_peers(logs: Floats, roles: Ints, residuals: Floats, known: NDArray[np.bool_]) -> Floats:
    """How newcomers stand among those of their role who are known, in the spread between people; 0 where few are."""
    z = np.zeros_like(residuals)
    for role in np.unique(roles[~known]):
        chosen = np.flatnonzero(roles == role)
        measured = logs[chosen[known[chosen]]]
        if len(measured) < PEERS:
            continue
        middle = np.median(measured, axis=0)
        spread = np.maximum(1.4826 * np.median(np.abs(measured - middle), axis=0), _STRANGERS)
        z[np.ix_(chosen, _V)] = (logs[chosen] - middle) / spread
        z[np.ix_(chosen, _C)] = residuals[np.ix_(chosen, _C)]
        z[np.ix_(chosen, _FIRST_TIMES)] = 0.0
    return z
