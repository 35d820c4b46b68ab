"""The verbs that try what partners shared on one's own models: taken in, planned, replayed, and recorded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor, check_role
from kept.core.confinement import Confinement, Heard, to_nobody
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.core.ledger.tree import size_of
from kept.core.reference import load
from kept.core.replay import counted_of, outcomes_of
from kept.errors import Conflict, Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.practices.sharing.methods.sightings import salted, script_bytes
from kept.practices.sharing.ports import Replayer
from kept.practices.sharing.records import Received, Settings
from kept.practices.sharing.records.replays import Round, SharedReplay, Worked
from kept.practices.sharing.service.peering import SHARERS
from kept.practices.sharing.service.receiving import Receiving
from kept.practices.sharing.service.replaying import rows
from kept.practices.sharing.service.replaying.working import Worker, terms_of
from kept.practices.sharing.service.tables.replays import REPLAYS
from kept.predicates.disclosure_replay_plan import Errors, ReplayJudge
from kept.predicates.sharing_replay_plan import SharingReplayPlan
from kept.predicates.sharing_sighting import SharingSighting, limits_of

ROOM = "sharing"
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
        """Replay whatever was shared since the last time, on each model, in four steps; a crash repeats nothing.

        1. Every pattern that was received is entered, in one transaction with how far the reader has come. What can't
           be read is entered as refused, with who sent it, and stops nothing.
        2. Its plan is recorded before the first attempt.
        3. The worker, a process of its own, makes the attempts; each is kept as soon as it is judged.
        4. What came of it is recorded, with its limits.

        What another process is at is left to it. Raises Denied without the role, Conflict where kept.toml names no
        model, and Unavailable where one is out of reach or can't be asked as kept.toml says, or where the worker
        doesn't end well, after what could be done on the others: what was done stays done.
        """
        check_role(by, *SHARERS, to="replay shared patterns")
        if not self._models():
            # Nothing is taken in that would never be replayed, though a model be named later.
            raise Conflict(
                "kept.toml names no model to replay on.", code="replay.models", hint="Name one below [models]."
            )
        taken, passed = self._read_on(READER, REPLAYS, self._rows_of)
        away: dict[str, Unavailable] = {}
        planned = await self._plan_queued(away, by=by)
        try:
            await self._sit()
        finally:
            # However the worker ended: what it saw to its end is told.
            ended = self._record_ended(away, by=by)
        if away:
            raise next(iter(away.values()))
        with self._context.store.read() as connection:
            refused = connection.execute(select(REPLAYS).where(REPLAYS.c.state == "refused")).all()
            told = tuple(rows.told(connection, each) for each in refused)
        return Round(taken, passed, planned, tuple(ended), told)

    async def worker(self, *, confined: bool = True, heard: Heard = to_nobody) -> Worked:
        """Be the replay worker: make what attempts are planned, with what partners wrote as their words.

        `confined` takes from this process, for good, all that a replay doesn't need: other hosts than the models',
        programs, files, the keys of the workspace, and memory without end. `heard` is told what the system took, before
        anything is read. Where another worker is at work, it is left to that one. Raises Unavailable where kept.toml
        requires confinements that the system lacks.
        """
        backend = self._context.backends["replay-worker"]
        with ExitStack() as place:
            try:
                place.enter_context(load(backend["alone"])(self._context.workspace.state, room=ROOM))
            except Conflict:
                return Worked(elsewhere=True)
            found = Confinement()
            if confined:
                found = load(backend["confine"])(self._context.workspace, self._settings)
                heard(found)
            return await Worker(self._context, self._settings, confinement=found).work()

    def replays(self, *, by: Actor) -> tuple[SharedReplay, ...]:
        """Every replay of what was shared, the latest first. Raises Denied without the role."""
        check_role(by, *SHARERS, to="see replays")
        query = select(REPLAYS).order_by(REPLAYS.c.cursor.desc(), REPLAYS.c.id).limit(1000)
        with self._context.store.read() as connection:
            return tuple(rows.told(connection, row) for row in connection.execute(query).all())

    async def _plan_queued(self, away: dict[str, Unavailable], *, by: Actor) -> int:
        """Plan what is queued but on a model that is `away`, to which others may come; how many that made."""
        planned = 0
        for held in self._rows("queued"):
            if held.model in away:
                continue
            try:
                planned += await self._plan(held, by=by)
            except rows.MovedError:
                continue
            except Unavailable as error:
                away[held.model] = error
        return planned

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
            with self._context.store.read() as connection:
                body = rows.body_of(connection, held)
                script = rows.script_of(connection, held, request=self._settings.replay_request)
            if held.model not in self._models():
                raise NotFound(f"Nothing is replayed on {held.model[:80]!r} any more.", code="replay.model")
        except _REFUSED as error:
            self._refuse(held, error)
            return False
        try:
            prepared = await replayer.prepare_replay(held.model, terms_of(self._settings, held))
        except _REFUSED as error:
            # What is wrong in kept.toml is no fault of the pattern, which is replayed once that is mended.
            raise Unavailable(
                f"Nothing is replayed on {held.model}: {error.message}", code="replay.unready", hint=error.hint
            ) from error
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
            told = {"plan": made.model_dump_json(exclude_none=True), "identity": json.dumps(prepared.model.document())}
            rows.change(connection, held.id, was="queued", state="planned", entry=size_of(connection), **told)

        self._context.ledger.record(Draft(made.to_statement(), model=made.model), by=by, rows=work)
        return True

    async def _sit(self) -> None:
        """Have the worker, as a process of its own, make what attempts are planned. Raises Unavailable."""
        with self._context.store.read() as connection:
            if not rows.unended(connection):
                return
        run = load(self._context.backends["replay-worker"]["process"])
        await run(self._context.workspace, (ROOM, "worker"), seconds=self._settings.replay_seconds)

    def _record_ended(self, away: dict[str, Unavailable], *, by: Actor) -> list[SharedReplay]:
        """Record what the worker saw to its end; the models of what stands still are `away`."""
        found = []
        for held in self._rows("planned"):
            if held.ended:
                with suppress(rows.MovedError):
                    found.append(self._record(held, by=by))
            elif held.why:
                away.setdefault(held.model, Unavailable(f"{held.id} stands still: {held.why}", code="replay.standing"))
        return found

    def _record(self, held: Row[Any], *, by: Actor) -> SharedReplay:
        plan = rows.plan_of(held)
        with self._context.store.read() as connection:
            made = rows.attempts_of(connection, held.id)
        outcomes = outcomes_of(made, planned=plan.attempts)
        counted, deterministic = outcomes, False
        if held.ended == "completed":
            counted, deterministic = counted_of(made, rows.identity_of(held), planned=plan.attempts)
        low, high, bound = limits_of(counted, plan.errors, error=ERROR)
        told = {name: getattr(plan, name) for name in ("replay", "pattern", "model", "judge", "errors", "attempts")}
        result = SharingSighting.of(
            **told,
            plan=held.entry,
            state=held.ended,
            error=ERROR,
            deterministic=deterministic,
            outcomes=outcomes,
            counted=counted,
            low=low,
            high=high,
            bound=bound,
            confinement=rows.confinement_of(held),
            issued=format_time(self._context.clock()),
            by=by.id,
        )

        def work(connection: Connection) -> None:
            said = {"result": result.model_dump_json(exclude_none=True), "recorded": size_of(connection)}
            rows.change(connection, held.id, was="planned", state="replayed", **said)

        statement = result.to_statement(model_name=rows.name_of(held))
        self._context.ledger.record(Draft(statement, model=plan.model), by=by, rows=work)
        with self._context.store.read() as connection:
            return rows.told(connection, rows.row_of(connection, held.id))

    def _rows(self, state: str) -> Sequence[Row[Any]]:
        query = select(REPLAYS).where(REPLAYS.c.state == state).order_by(REPLAYS.c.cursor, REPLAYS.c.id)
        with self._context.store.read() as connection:
            return connection.execute(query).all()

    def _refuse(self, held: Row[Any], error: KeptError) -> None:
        why = str(error)[:500]
        self._context.store.write(
            lambda connection: rows.change(connection, held.id, was=held.state, state="refused", why=why)
        )
