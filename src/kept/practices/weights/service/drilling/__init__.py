"""The verb `drill`: rehearses an attack against the room as it stands, and records whether it was answered."""

from __future__ import annotations

from importlib.metadata import version

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.errors import KeptError, NotFound
from kept.practices.weights.records import Settings
from kept.practices.weights.records.drills import STAGING, UNANSWERED, Drill, State
from kept.practices.weights.service.drilling.range import Range
from kept.practices.weights.service.drilling.scenarios import SCENARIOS
from kept.practices.weights.service.releasing import Releasing
from kept.practices.weights.service.tracing import Tracing
from kept.practices.weights.service.watching import Watching
from kept.predicates.security_drill import SecurityDrill


class Drilling(Releasing, Tracing, Watching):
    """Rehearses attacks."""

    _context: Context
    _settings: Settings

    async def drill(self, scenario: str, *, by: Actor) -> Drill:
        """Carry an attack out on weights that are made for it, and record how it was answered, and how fast.

        1. Weights that mean nothing are sealed for the custodians of now; what staging raises, nothing is recorded of.
        2. The attack is carried out. An error that isn't an answer to it makes the drill an abandoned one.
        3. The outcome is recorded, also where nobody refused or noticed it: then it has failed.

        Raises NotFound for an unknown scenario or without a decoy, Invalid while there are too few custodians, Denied
        where their keys are elsewhere, and Unavailable where an attack goes through a broker and none serves.
        """
        if scenario not in SCENARIOS:
            known = ", ".join(sorted(SCENARIOS))
            raise NotFound(f"No drill is called {scenario[:60]!r}.", code="drill.unknown", hint=f"There are {known}.")
        with Range.opened(self, self._context, self._settings, by) as place:
            # 1.
            made = place.sealed()
            # 2.
            answer, why = UNANSWERED, ""
            try:
                answer = await SCENARIOS[scenario](place, made.place)
            except KeptError as error:
                if error.code.startswith(STAGING):
                    raise
                why = error.message
        # 3.
        state: State = "abandoned" if why else "passed" if answer.answer != "none" else "failed"
        return self._recorded(Drill(self._name("d"), scenario, state, answer, why), made.sha256, by=by)

    def _recorded(self, drill: Drill, weights: str, *, by: Actor) -> Drill:
        said = SecurityDrill.of(
            drill=drill.id,
            scenario=drill.scenario,
            state=drill.state,
            answer=drill.answer.answer,
            code=drill.answer.code,
            seconds=drill.answer.seconds,
            weights=f"sha256:{weights}",
            software=f"kept {version('kept')}",
            issued=format_time(self._context.clock()),
            by=by.id,
        )
        said.check()
        (receipt,) = self._context.ledger.record(Draft(said.to_statement()), by=by)
        return Drill(drill.id, drill.scenario, drill.state, drill.answer, drill.why, receipt.index)

    def _name(self, kind: str) -> str:
        return f"{kind}-{self._context.entropy(8).hex()}"
