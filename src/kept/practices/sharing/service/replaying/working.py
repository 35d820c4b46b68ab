"""The confined worker's verb: it fills what partners shared, says it to our models, and keeps what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row

from kept.core.confinement import Confinement
from kept.core.context import Context
from kept.core.replay import Attempt, Script, Terms
from kept.errors import Conflict, Invalid, NotFound, Unavailable, Unverified
from kept.practices.sharing.methods.sightings import salted, script_bytes
from kept.practices.sharing.ports import Replayer
from kept.practices.sharing.records import Settings
from kept.practices.sharing.records.replays import Worked
from kept.practices.sharing.service.replaying import rows
from kept.predicates import sharing_replay_plan
from kept.predicates.sharing_replay_plan import SharingReplayPlan

INTERRUPTIONS = 2
"""How often a replay is taken up again whose worker was ended before another attempt was made."""
HOPELESS = (Conflict, Invalid, NotFound, Unverified)
"""What no later try would change; whatever is out of reach is tried again."""


class Worker:
    """One sitting of the worker."""

    def __init__(self, context: Context, settings: Settings, *, confinement: Confinement) -> None:
        self._context, self._settings, self._confinement = context, settings, confinement
        self._replayer: Replayer = context.ports["replayer"]

    async def work(self) -> Worked:
        """Make what attempts are left of all that is planned, one replay after another.

        One of a model that is out of reach stands still, with what stands in its way, and keeps no other waiting; so
        does one that another process is at.
        """
        replayed: list[str] = []
        waiting: list[str] = []
        away: set[str] = set()
        with self._context.store.read() as connection:
            planned = rows.unended(connection)
        for held in planned:
            if held.model in away:
                continue
            try:
                await self._replay(held)
                replayed.append(str(held.id))
            except rows.MovedError:
                waiting.append(str(held.id))
            except (Unavailable, Unverified) as error:
                waiting.append(str(held.id))
                self._change(held, why=str(error)[:500], begun=0)
                away |= {held.model} if isinstance(error, Unavailable) else set()
        return Worked(tuple(replayed), tuple(waiting), self._confinement)

    async def _replay(self, held: Row[Any]) -> None:
        """See a replay to its end, good or bad.

        Raises Unavailable where it can't go on for now, and Unverified where the ledger has no such plan of it.
        """
        plan = self._recorded(held)
        if held.begun > INTERRUPTIONS:
            why = f"The worker was ended {held.begun} times before it made another attempt."
            self._change(held, ended="abandoned", why=why)
            return
        self._context.store.write(partial(rows.begin, held=held, holds=self._confinement.holds))
        try:
            await self._attempt(held, plan)
        except rows.MovedError:
            raise
        except HOPELESS as error:
            self._change(held, ended="abandoned", why=str(error)[:500])
        else:
            self._change(held, ended="completed", why="")

    async def _attempt(self, held: Row[Any], plan: SharingReplayPlan) -> None:
        """Make the attempts that are left, of what was planned and on the model that it was planned on."""
        with self._context.store.read() as connection:
            script = rows.script_of(connection, held, request=self._settings.replay_request)
            made = rows.attempts_of(connection, held.id)
        if salted(script_bytes(script), salt=held.salt) != plan.script:
            raise Conflict("The pattern or the settings say something else than was planned.", code="replay.script")
        prepared = await self._replayer.prepare_replay(held.model, terms_of(self._settings, held, made))
        if prepared.model.id != plan.model:
            raise Conflict(f"{held.model} is no longer the model that was planned on.", code="replay.other-model")
        known = {each.number for each in made}
        left = [number for number in range(plan.attempts) if number not in known]
        if left:
            self._check_budget(made)
            await self._say(held, script, made, numbers=left)

    async def _say(self, held: Row[Any], script: Script, made: Sequence[Attempt], *, numbers: Sequence[int]) -> None:
        def told(attempt: Attempt) -> None:
            self._keep(held, attempt)

        terms = terms_of(self._settings, held, made)
        await self._replayer.replay(held.model, script, terms, numbers=numbers, told=told)

    def _keep(self, held: Row[Any], attempt: Attempt) -> None:
        self._context.store.write(partial(rows.keep, replay=held.id, attempt=attempt))

    def _recorded(self, held: Row[Any]) -> SharingReplayPlan:
        """The plan of a replay. Raises Unverified unless the ledger has this very one."""
        plan = rows.plan_of(held)
        found = next(iter(self._context.ledger.statements(sharing_replay_plan.TYPE, since=held.entry)), None)
        stated = found.predicate if found is not None and found.index == held.entry else None
        if stated != plan.model_dump(mode="json", exclude_none=True):
            raise Unverified(f"The ledger has no such plan of {held.id}.", code="replay.unplanned")
        return plan

    def _check_budget(self, made: Sequence[Attempt]) -> None:
        """Raises Conflict where the attempts that were made took all that kept.toml gives one pattern on one model."""
        settings = self._settings
        requests, tokens = sum(each.requests for each in made), sum(each.tokens for each in made)
        if requests >= settings.replay_requests or tokens >= settings.replay_tokens:
            raise Conflict(
                f"{len(made)} attempts took its budget: {requests} requests, {tokens} tokens.", code="replay.budget"
            )

    def _change(self, held: Row[Any], **values: Any) -> None:
        def work(connection: Connection) -> None:
            rows.change(connection, held.id, was="planned", **values)

        self._context.store.write(work)


def terms_of(settings: Settings, held: Row[Any], made: Sequence[Attempt] = ()) -> Terms:
    """How a pattern is replayed, with what is left of its budget."""
    return Terms(
        judge=settings.replay_judge,
        judge_model=settings.replay_judge_model,
        system=settings.replay_system,
        seed=held.seed,
        requests=max(1, settings.replay_requests - sum(each.requests for each in made)),
        tokens=max(1, settings.replay_tokens - sum(each.tokens for each in made)),
    )
