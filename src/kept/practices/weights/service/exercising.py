"""The verb `exercise`: how many simulated thieves are noticed here, recorded with its false alarms."""

from __future__ import annotations

import hashlib

from kept.core.actor import Actor
from kept.core.assessment import Progress, silent
from kept.core.context import Context, format_time
from kept.core.estimate import LEVEL, clopper_pearson
from kept.core.ledger import Draft
from kept.errors import Invalid
from kept.practices.weights.records import Settings
from kept.practices.weights.records.exercises import Exercise
from kept.practices.weights.records.insiders import Manner
from kept.predicates.insider_exercise import InsiderExercise

RUNS, MOST = 4, 1000


class Exercising:
    """Measures whether insiders who take weights are noticed."""

    _context: Context
    _settings: Settings

    def exercise(self, *, runs: int = RUNS, by: Actor, progress: Progress = silent) -> Exercise:
        """Let simulated people work, a few of them steal, and record how many thieves the watch notices.

        Each run is a house of 100 people over 120 days with seven thefts. Its seed follows from the exercise's id,
        which is drawn now: nothing was chosen by it. Raises Invalid for fewer than one run, or more than 1,000.
        """
        from kept.practices.weights.methods.insiders import exercising

        if not 1 <= runs <= MOST:
            raise Invalid(f"An exercise has 1 to {MOST:,} runs.", code="exercise.runs", hint="--runs 4")
        name, counted = f"x-{self._context.entropy(8).hex()}", exercising.Counted()
        manner = Manner(self._settings.alerts_a_day, self._settings.false_alarms)
        for number in range(runs):
            exercising.run(exercising.seed_of(name, number), counted, manner=manner)
            progress(number + 1, runs, "simulated houses")
        said = InsiderExercise.of(
            exercise=name,
            state="completed",
            simulator=exercising.SIMULATOR,
            seeds=runs,
            days=exercising.DAYS,
            budget=float(manner.budget),
            attempts=counted.attempts,
            noticed=counted.noticed,
            tiers=[{"tier": tier, "noticed": counted.tiers[tier]} for tier in exercising.TIERS],
            innocent=counted.innocent,
            accused=counted.accused,
            bound=manner.alpha,
            level=LEVEL,
            estimate=clopper_pearson(counted.noticed, counted.attempts, level=LEVEL).document(),
            false_alarms=clopper_pearson(counted.accused, counted.innocent, level=LEVEL).document(),
            issued=format_time(self._context.clock()),
            by=by.id,
        )
        said.check()
        drawn = hashlib.sha256(f"{exercising.SIMULATOR} {name} {runs}".encode()).hexdigest()
        (receipt,) = self._context.ledger.record(Draft(said.to_statement(digest=drawn)), by=by)
        return Exercise(
            name, counted.attempts, counted.noticed, counted.innocent, counted.accused, manner.alpha, receipt.index
        )
