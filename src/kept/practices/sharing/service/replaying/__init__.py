"""The verbs that try what partners shared on one's own models: taken in, planned, replayed, and recorded."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.core.ledger.tree import size_of
from kept.core.replay import Attempt, Script, Terms, Told, counted_of, outcomes_of
from kept.errors import Conflict, Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.practices.sharing.methods.sightings import salted, script_bytes, script_of
from kept.practices.sharing.ports import Replayer
from kept.practices.sharing.records import Received, Settings
from kept.practices.sharing.records.replays import Round, SharedReplay
from kept.practices.sharing.service.peering import SHARERS
from kept.practices.sharing.service.receiving import Receiving
from kept.practices.sharing.service.replaying import rows
from kept.practices.sharing.service.tables.replays import REPLAYS
from kept.predicates.disclosure_replay_plan import Errors, ReplayJudge
from kept.predicates.sharing_replay_plan import SharingReplayPlan
from kept.predicates.sharing_sighting import SharingSighting, limits_of

Found = TypeVar("Found")

READER = "replays"
ERROR = 50_000
_SALT_BYTES = 32
_REFUSED = (Invalid, NotFound, Unverified)
"""What no later try would change; whatever is out of reach is tried again."""


class Replaying(Receiving):
    """Replays shared patterns on the models of kept.toml."""

    _context: Context
    _settings: Settings

    async def replay(self, *, by: Actor) -> Round:
        """Replay whatever was shared since the last time, on each model, in three steps; a crash repeats nothing.

        1. Every pattern that was received is entered, in one transaction with how far the reader has come. What can't
           be read is entered as refused, with who sent it, and stops nothing.
        2. Its plan is recorded before the first attempt; each attempt is kept as soon as it is judged.
        3. What came of it is recorded, with its limits.

        What another process is at is left to it. Raises Denied without the role, Conflict where kept.toml names no
        model, and Unavailable where one is out of reach or can't be asked as kept.toml says, after what could be done
        on the others: what was done stays done.
        """
        check_role(by, *SHARERS, to="replay shared patterns")
        if not self._models():
            # Nothing is taken in that would never be replayed, though a model be named later.
            raise Conflict(
                "kept.toml names no model to replay on.", code="replay.models", hint="Name one below [models]."
            )
        taken, passed = self._read_on(READER, REPLAYS, self._rows_of)
        away: dict[str, Unavailable] = {}
        planned = await self._each("queued", self._plan, away, by=by)
        ended = await self._each("planned", self._run, away, by=by)
        if away:
            raise next(iter(away.values()))
        with self._context.store.read() as connection:
            refused = connection.execute(select(REPLAYS).where(REPLAYS.c.state == "refused")).all()
            told = tuple(rows.told(connection, each) for each in refused)
        return Round(taken, passed, sum(planned), tuple(ended), told)

    def replays(self, *, by: Actor) -> tuple[SharedReplay, ...]:
        """Every replay of what was shared, the latest first. Raises Denied without the role."""
        check_role(by, *SHARERS, to="see replays")
        query = select(REPLAYS).order_by(REPLAYS.c.cursor.desc(), REPLAYS.c.id).limit(1000)
        with self._context.store.read() as connection:
            return tuple(rows.told(connection, row) for row in connection.execute(query).all())

    async def _each(
        self, state: str, step: Callable[..., Awaitable[Found]], away: dict[str, Unavailable], *, by: Actor
    ) -> list[Found]:
        """Take a step with every replay in a state but those of a model that is `away`, to which others may come."""
        found = []
        for held in self._rows(state):
            if held.model in away:
                continue
            try:
                found.append(await step(held, by=by))
            except rows.MovedError:
                continue
            except Unavailable as error:
                away[held.model] = error
        return found

    def _models(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._settings.replay_models)) or tuple(sorted(self._context.workspace.models))

    def _rows_of(self, each: Received) -> list[dict[str, Any]] | None:
        """A row for each model, where the object is a pattern."""
        why = rows.taken(each)
        return None if why is None else [self._entry(each, why, model) for model in self._models()]

    def _entry(self, each: Received, why: str, model: str) -> dict[str, Any]:
        entropy = self._context.entropy
        return {
            "id": f"q-{entropy(8).hex()}", "cursor": each.cursor, "object": each.id, "version": each.version,
            "peer": each.peer, "collection": each.collection, "tlp": each.tlp, "model": model,
            "state": "refused" if why else "queued", "salt": entropy(_SALT_BYTES),
            "seed": int.from_bytes(entropy(6)), "plan": "", "entry": -1, "identity": "", "result": "", "recorded": -1,
            "why": why,
        }  # fmt: skip

    async def _plan(self, held: Row[Any], *, by: Actor) -> bool:
        """Record what will be done; False where it can't be."""
        replayer: Replayer = self._context.ports["replayer"]
        try:
            script = self._script(held)
            if held.model not in self._models():
                raise NotFound(f"Nothing is replayed on {held.model[:80]!r} any more.", code="replay.model")
        except _REFUSED as error:
            self._refuse(held, error)
            return False
        try:
            prepared = await replayer.prepare_replay(held.model, self._terms(held))
        except _REFUSED as error:
            # What is wrong in kept.toml is no fault of the pattern, which is replayed once that is mended.
            raise Unavailable(
                f"Nothing is replayed on {held.model}: {error.message}", code="replay.unready", hint=error.hint
            ) from error
        with self._context.store.read() as connection:
            body = rows.body_of(connection, held)
        made = SharingReplayPlan.of(
            replay=held.id,
            pattern=salted(body, salt=held.salt),
            script=salted(script_bytes(script), salt=held.salt),
            model=prepared.model.id,
            judge=ReplayJudge.of(prepared.judge),
            errors=Errors.known_of(prepared.judge),
            attempts=self._settings.replay_attempts,
            seed=held.seed,
            issued=format_time(self._context.clock()),
            by=by.id,
        )

        def work(connection: Connection) -> None:
            told = {"plan": made.model_dump_json(exclude_none=True), "identity": prepared.model.name}
            rows.change(connection, held.id, was="queued", state="planned", entry=size_of(connection), **told)

        self._context.ledger.record(Draft(made.to_statement(), model=made.model), by=by, rows=work)
        return True

    async def _run(self, held: Row[Any], *, by: Actor) -> SharedReplay:
        """Make the attempts that are left, and record what came of all."""
        replayer: Replayer = self._context.ports["replayer"]
        plan = SharingReplayPlan.of(**json.loads(held.plan))
        with self._context.store.read() as connection:
            made = rows.attempts_of(connection, held.id)
        left = [number for number in range(plan.attempts) if number not in {each.number for each in made}]
        try:
            script = self._script(held)
            if salted(script_bytes(script), salt=held.salt) != plan.script:
                raise Conflict("The pattern or the settings say something else than was planned.", code="replay.script")
            prepared = await replayer.prepare_replay(held.model, self._terms(held, made))
            if prepared.model.id != plan.model:
                raise Conflict(f"{held.model} is no longer the model that was planned on.", code="replay.other-model")
            if left:
                self._check_budget(made)
                await replayer.replay(
                    held.model, script, self._terms(held, made), numbers=left, told=self._keeper(held)
                )
            state = "completed"
        except rows.MovedError:
            raise
        except (Conflict, *_REFUSED) as error:
            state = "abandoned"
            self._note(held, error)
        return self._record(held, plan, prepared.model if state == "completed" else None, state=state, by=by)

    def _record(self, held: Row[Any], plan: SharingReplayPlan, model: Any, *, state: str, by: Actor) -> SharedReplay:
        with self._context.store.read() as connection:
            made = rows.attempts_of(connection, held.id)
        outcomes = outcomes_of(made, planned=plan.attempts)
        counted, deterministic = counted_of(made, model, planned=plan.attempts) if model else (outcomes, False)
        low, high, bound = limits_of(counted, plan.errors, error=ERROR)
        told = {name: getattr(plan, name) for name in ("replay", "pattern", "model", "judge", "errors", "attempts")}
        result = SharingSighting.of(
            **told,
            plan=held.entry,
            state=state,
            error=ERROR,
            deterministic=deterministic,
            outcomes=outcomes,
            counted=counted,
            low=low,
            high=high,
            bound=bound,
            issued=format_time(self._context.clock()),
            by=by.id,
        )

        def work(connection: Connection) -> None:
            said = {"result": result.model_dump_json(exclude_none=True), "recorded": size_of(connection)}
            rows.change(connection, held.id, was="planned", state="replayed", **said)

        statement = result.to_statement(model_name=held.identity)
        self._context.ledger.record(Draft(statement, model=plan.model), by=by, rows=work)
        with self._context.store.read() as connection:
            return rows.told(connection, rows.row_of(connection, held.id))

    def _keeper(self, held: Row[Any]) -> Told:
        def told(attempt: Attempt) -> None:
            self._context.store.write(lambda connection: rows.keep(connection, held.id, attempt))

        return told

    def _terms(self, held: Row[Any], made: Sequence[Attempt] = ()) -> Terms:
        settings = self._settings
        return Terms(
            judge=settings.replay_judge,
            judge_model=settings.replay_judge_model,
            system=settings.replay_system,
            seed=held.seed,
            requests=max(1, settings.replay_requests - sum(each.requests for each in made)),
            tokens=max(1, settings.replay_tokens - sum(each.tokens for each in made)),
        )

    def _check_budget(self, made: Sequence[Attempt]) -> None:
        """Raises Conflict where the attempts that were made took all that kept.toml gives one pattern on one model."""
        settings = self._settings
        requests, tokens = sum(each.requests for each in made), sum(each.tokens for each in made)
        if requests >= settings.replay_requests or tokens >= settings.replay_tokens:
            raise Conflict(
                f"{len(made)} attempts took its budget: {requests} requests, {tokens} tokens.", code="replay.budget"
            )

    def _script(self, held: Row[Any]) -> Script:
        with self._context.store.read() as connection:
            found = rows.pattern_of(rows.body_of(connection, held))
        return script_of(found, request=self._settings.replay_request)

    def _rows(self, state: str) -> Sequence[Row[Any]]:
        query = select(REPLAYS).where(REPLAYS.c.state == state).order_by(REPLAYS.c.cursor, REPLAYS.c.id)
        with self._context.store.read() as connection:
            return connection.execute(query).all()

    def _refuse(self, held: Row[Any], error: KeptError) -> None:
        why = str(error)[:500]
        self._context.store.write(
            lambda connection: rows.change(connection, held.id, was=held.state, state="refused", why=why)
        )

    def _note(self, held: Row[Any], error: KeptError) -> None:
        why = str(error)[:500]
        self._context.store.write(lambda connection: rows.change(connection, held.id, was=held.state, why=why))
