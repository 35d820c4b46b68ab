"""The verbs of replay: queued, surveyed and made by the isolated worker, planned and recorded by whoever signs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from kept.core.actor import Actor, check_role
from kept.core.confinement import Confinement, Heard, to_nobody
from kept.core.context import Context
from kept.core.ledger import Follower, Recorded
from kept.core.reference import load
from kept.errors import Conflict, Invalid, KeptError
from kept.practices.disclosure.methods.replay.offers import least, offer_of, power
from kept.practices.disclosure.records import Settings
from kept.practices.disclosure.records.replays import Gates, Replay, Settled, Worked
from kept.practices.disclosure.service.moments import milliseconds
from kept.practices.disclosure.service.programmes import Programmes
from kept.practices.disclosure.service.replaying import book
from kept.practices.disclosure.service.replaying.planning import Planner
from kept.practices.disclosure.service.replaying.settling import Settler, note_release, queue_releases
from kept.practices.disclosure.service.replaying.working import BOTH, Worker
from kept.practices.disclosure.service.tables.intake import REPORTS
from kept.practices.disclosure.service.tables.replays import REPLAYS
from kept.predicates import release
from kept.predicates.disclosure_replay_plan import HIGHEST, MOST_CONVERSATIONS
from kept.predicates.release import Release

ROOM = "disclosure"


class Replaying(Programmes):
    """Replays reports on every version in scope, and fixed weaknesses on every new release."""

    _context: Context
    _settings: Settings

    async def replay(
        self,
        report: str,
        *,
        severity: str = "",
        conversations: Sequence[int] = (),
        identity: Path | None = None,
        by: Actor,
    ) -> Replay:
        """Replay a report, in four steps; each picks up where one before it stopped.

        1. It is queued. Without the `identity` file of the isolated worker, that is all that happens here.
        2. The worker, a process of its own, surveys it.
        3. The plan is recorded.
        4. The worker makes the attempts, and what they came to is recorded.

        `severity` is what it is replayed for, in place of what triage found or the reporter claims. `conversations` are
        the numbers of those that it is of; without any, all that the budget holds, in their order. Raises NotFound,
        Denied without the role, Invalid for numbers that can't be, Conflict where a replay of other conversations is
        under way, and Unavailable where the worker doesn't end well.
        """
        check_role(by, "triage", to="replay reports")
        if len(set(conversations)) > MOST_CONVERSATIONS or not all(0 < each <= HIGHEST for each in conversations):
            raise Invalid(
                f"A replay takes at most {MOST_CONVERSATIONS} conversations, numbered from 1 to {HIGHEST}.",
                code="replay.conversations",
            )

        def enter(connection: Connection) -> str:
            return book.queue(
                connection, self._context, report, purpose="report", severity=severity, asked=conversations
            )

        made = self._context.store.write(enter)
        for state in ("queued", "planned") if identity is not None else ():
            if self._replay(made).state == state:
                await self._sit(made, identity=identity)
            await self.settle(only=made, by=by)
        return self._replay(made)

    def programme_power(self, name: str) -> Gates:
        """What each severity must show by a programme, and how probably what works passes. Raises NotFound."""
        found = self.programme_show(name)
        offers = [(each.severity, offer_of(found.draft, each.severity)) for each in found.draft.terms]
        gates = tuple((severity, offer, least(offer), power(offer)) for severity, offer in offers)
        return Gates(found.name, found.version, gates)

    def replays(self, *, report: str = "", by: Actor) -> tuple[Replay, ...]:
        """The replays (of a report), the latest first. Raises Denied without the role."""
        check_role(by, "triage", to="see replays")
        query = select(REPLAYS).order_by(REPLAYS.c.created.desc(), REPLAYS.c.id)
        if report:
            query = query.where(REPLAYS.c.report == report)
        with self._context.store.read() as connection:
            return tuple(book.read(connection, each) for each in connection.execute(query.limit(1000)).all())

    async def worker(
        self, *, identities: Sequence[str], only: str = "", confined: bool = True, heard: Heard = to_nobody
    ) -> Worked:
        """Be the isolated replay worker: survey what is queued and make what is planned, with keys of its own.

        `confined` takes from this process, for good, all that a replay doesn't need: other hosts than the models',
        programs, files, the keys of the workspace, and memory without end. `heard` is told what the system took, before
        anything is read. Raises Conflict while another worker is at work, Invalid without an identity, and Unavailable
        where kept.toml requires confinements that the system lacks.
        """
        backend = self._context.backends["replay-worker"]
        with load(backend["alone"])(self._context.workspace.state, room=ROOM):
            found = Confinement()
            if confined:
                found = load(backend["confine"])(self._context.workspace, self._settings)
                heard(found)
            worker = Worker(self._context, identities, self.programme_show, confinement=found)
            return await worker.work(only=only)

    async def settle(self, *, only: str = "", close: str = "", by: Actor) -> Settled:
        """Queue what waits for a replay, record the plans of what was surveyed, and what replays came to.

        `close` names a replay that is planned and can't go on: it is recorded as abandoned, and what was never made
        counts as resisted. So is, by itself, one whose report was discarded, or erased from quarantine. What can't be
        planned now stays, and says why; what another process settles is left to it. Raises Denied without the role.
        """
        check_role(by, "triage", to="record replays")
        queued = 0 if only else self._context.store.write(self._queue_waiting)
        planner, settler = Planner(self._context, self.programme_show), Settler(self._context)
        planned, recorded, waiting = [], [], []
        with self._context.store.read() as connection:
            surveyed, replayed = (book.rows(connection, state, only=only) for state in ("surveyed", "replayed"))
            closing = book.rows(connection, "planned", only=close) if close else ()
            gone = () if only or close else book.planned_gone(connection)
        if close and not closing:
            raise Conflict(f"{close[:40]} is no replay that could be closed.", code="replay.state")
        for held in surveyed:
            try:
                if await planner.plan(held, by=by):
                    planned.append(str(held.id))
            except book.MovedError:
                continue
            except KeptError as error:
                with suppress(book.MovedError):
                    self._note(held.id, str(held.state), str(error))
                    waiting.append(str(held.id))
        for held in (*replayed, *gone):
            with suppress(book.MovedError):
                settler.settle(held, by=by, abandoned=held.state == "planned")
                recorded.append(str(held.id))
        for held in closing:
            settler.settle(held, by=by, abandoned=True)
            recorded.append(str(held.id))
        return Settled(queued, tuple(planned), tuple(recorded), tuple(waiting))

    async def work(self) -> None:
        """What `kept serve` does with replays by itself: queue, plan and record, and run the worker where it may.

        It acts as the holder `signer` of kept.toml. Raises Unavailable where the worker doesn't end well.
        """
        by = Actor(self._settings.signer, "organisation", frozenset({"provider"}))
        await self.settle(by=by)
        if not self._settings.replay_identity:
            return
        identity = self._context.workspace.folder / self._settings.replay_identity
        for state in ("queued", "planned"):
            with self._context.store.read() as connection:
                waiting = [str(each.id) for each in book.rows(connection, state)]
            for replay in waiting:
                await self._sit(replay, identity=identity)
            await self.settle(by=by)

    async def _sit(self, replay: str, *, identity: Path | None) -> None:
        """Have the worker, as a process of its own, do what it can for one replay. Raises Unavailable."""
        run = load(self._context.backends["replay-worker"]["process"])
        command = (ROOM, "worker", "--identity", str(identity), "--replay", replay)
        await run(self._context.workspace, command, seconds=self._settings.replay_seconds)

    @property
    def releases(self) -> Follower:
        """What the room does with each new release: enters it, so that what was fixed is queued for it."""

        def handle(connection: Connection, recorded: Recorded) -> None:
            if recorded.statement is None:
                return
            said = Release.parse(recorded.statement)
            if said.event == "released":
                note_release(connection, entry=recorded.index, model=said.model, name=said.name)

        return Follower((release.TYPE,), handle)

    def _queue_waiting(self, connection: Connection) -> int:
        """Queue the reports that the worker may read and that were never replayed, and what new releases call for."""
        book.refuse_gone(connection, at=milliseconds(self._context.clock()))
        known = select(REPLAYS.c.report)
        readable = (REPORTS.c.released > 0) | (REPORTS.c.readers == BOTH)
        query = select(REPORTS.c.id).where(readable, REPORTS.c.discarded == 0, REPORTS.c.id.not_in(known))
        found = list(connection.execute(query.order_by(REPORTS.c.received)).scalars())
        for report in found:
            book.queue(connection, self._context, report, purpose="report")
        return len(found) + queue_releases(connection, self._context)

    def _replay(self, replay: str) -> Replay:
        with self._context.store.read() as connection:
            return book.read(connection, book.row(connection, replay))

    def _note(self, replay: str, state: str, problem: str) -> None:
        told: dict[str, Any] = {"problem": problem[:500]}
        self._context.store.write(lambda connection: book.change(connection, replay, was=state, **told))
