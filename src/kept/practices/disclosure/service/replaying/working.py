"""The isolated worker's verb: it reads what only it may read, says it again, and keeps outcomes and numbers alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from hashlib import blake2b, sha256
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.confinement import Confinement
from kept.core.context import Context
from kept.core.model import Sampling
from kept.core.reference import load
from kept.core.replay import Attempt, Script, Terms
from kept.errors import Denied, Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.practices.disclosure.methods.bundles import read_bundle
from kept.practices.disclosure.methods.replay.likeness import keyed, shingles
from kept.practices.disclosure.methods.replay.scripts import digest_of, digest_of_all, script_of, survey
from kept.practices.disclosure.ports import Replayer
from kept.practices.disclosure.records import Programme, Report
from kept.practices.disclosure.records.replays import Judging, Worked
from kept.practices.disclosure.service.moments import milliseconds
from kept.practices.disclosure.service.replaying import book
from kept.practices.disclosure.service.tables.intake import RELEASED, REPORTS, SEALED
from kept.practices.disclosure.service.tables.replays import ATTEMPTS, SIGNATURES
from kept.predicates import disclosure_replay_plan

BOTH = "triagers and replay"
INTERRUPTIONS = 2
"""How often an attempt that a crash cut short is made again; then it is unassessed."""


class Worker:
    """One sitting of the worker, with the identities that it holds."""

    def __init__(
        self,
        context: Context,
        identities: Sequence[str],
        programme: Any,
        *,
        confinement: Confinement,
    ) -> None:
        """Raises Invalid without an identity. `programme` gives a programme's version."""
        if not identities:
            raise Invalid("The worker has no identity.", code="age.identity", hint="--identity FILE")
        self._context, self._identities, self._programme = context, tuple(identities), programme
        self._confinement = confinement
        self._key = blake2b(identities[0].encode(), digest_size=32, person=b"kept likeness").digest()
        self._key_name = sha256(self._key).hexdigest()[:16]
        self._replayer: Replayer = context.ports["replayer"]

    async def work(self, *, only: str = "") -> Worked:
        """Survey what is queued, and make what attempts are planned, one replay after another."""
        surveyed: list[str] = []
        replayed: list[str] = []
        waiting: list[str] = []
        with self._context.store.read() as connection:
            queued = book.rows(connection, "queued", only=only)
            planned = book.rows(connection, "planned", only=only)
        for held in queued:
            (surveyed if self._survey(held) else waiting).append(str(held.id))
        for held in planned:
            (replayed if await self._replay(held) else waiting).append(str(held.id))
        return Worked(tuple(surveyed), tuple(replayed), tuple(waiting), self._confinement)

    def _survey(self, held: Row[Any]) -> bool:
        """Say of a report what a plan needs; False where it can't be read yet."""
        try:
            report = self._opened(held.report)
        except (Denied, NotFound) as error:
            self._stand(held, error)
            return False
        except Invalid as error:
            # What was wrong may repeat what the report says, which stands nowhere but where it is sealed.
            self._refuse(held, Invalid(f"The report can't be read ({error.code}).", code=error.code))
            return True
        with self._context.store.read() as connection:
            before = book.planned_before(connection, held.report)
        try:
            found = survey(report, json.loads(held.asked or "[]"), salt=held.salt, before=before)
        except Invalid as error:
            self._refuse(held, error)
            return True
        make = load(self._context.backends["likeness"]["minhash"])
        signed = [make(keyed(shingles(script), key=self._key)) for _, script in found if script is not None]
        signature = {"report": held.report, "programme": held.programme, "key": self._key_name}

        def rows(connection: Connection) -> None:
            digest = digest_of_all([said.script for said, _ in found if said.wanted and said.script], salt=held.salt)
            surveyed = json.dumps([asdict(said) for said, _ in found])
            told = {"state": "surveyed", "script": digest, "claimed": report.severity, "problem": ""}
            book.change(connection, held.id, was="queued", surveyed=surveyed, **told)
            known = select(SIGNATURES.c.weakness).where(SIGNATURES.c.report == held.report)
            weakness = connection.execute(known).scalar() or ""
            connection.execute(SIGNATURES.delete().where(SIGNATURES.c.report == held.report))
            connection.execute(SIGNATURES.insert().values(**signature, minima=b"".join(signed), weakness=weakness))

        self._context.store.write(rows)
        return True

    async def _replay(self, held: Row[Any]) -> bool:
        """Make the attempts that are left, on each version; False where something stands in the way."""
        try:
            scripts = self._planned(held, self._opened(held.report))
            programme = self._programme(held.programme, version=held.version)
            with self._context.store.read() as connection:
                versions = book.versions(connection, held.id)
            self._context.store.write(partial(book.confined, replay=held.id, holds=self._confinement.holds))
            until: dict[str, float] = {}
            for version in versions:
                until.setdefault(version.name, self._context.clock().timestamp() + programme.draft.replay.seconds)
                script = scripts[version.conversation]
                await self._on_version(held, version, script, programme, until=until[version.name])
        except (Denied, Invalid, NotFound, Unavailable, Unverified) as error:
            self._stand(held, error)
            return False
        ended = milliseconds(self._context.clock())
        self._context.store.write(
            lambda connection: book.change(
                connection, held.id, was="planned", state="replayed", problem="", ended=ended
            )
        )
        return True

    async def _on_version(
        self, held: Row[Any], version: Row[Any], script: Script, programme: Programme, *, until: float
    ) -> None:
        """Make what is left of one conversation on one version; all on that version share what it may cost."""
        plan = book.plan_of(held)
        with self._context.store.read() as connection:
            requests, tokens = book.spent_on(connection, held.id, version.name)
            left = _left(connection, held.id, version.position, planned=plan.attempts)
        judging = programme.draft.replay
        spare = terms_of(
            judging,
            seed=plan.seed,
            requests=judging.requests - requests,
            tokens=judging.tokens - tokens,
            seconds=int(until - self._context.clock().timestamp()),
        )
        for number in [number for number, begun in left if begun > INTERRUPTIONS]:
            self._keep(held, version, Attempt(number, "u"), following=None)
        numbers = [number for number, begun in left if begun <= INTERRUPTIONS]
        if not numbers:
            return
        following = dict(zip(numbers, [*numbers[1:], None], strict=True))
        prepared = await self._replayer.prepare_replay(version.name, spare)
        if prepared.model.id != version.model:
            raise Unverified(
                f"{version.name} is no longer the model that the replay was planned on.",
                code="replay.other-model",
                hint="Bring that version back, or close the replay with what was made: kept disclosure settle --close",
            )

        def told(attempt: Attempt) -> None:
            self._keep(held, version, attempt, following=following[attempt.number])

        self._context.store.write(partial(_begin, replay=held.id, position=version.position, number=numbers[0]))
        try:
            await self._replayer.replay(version.name, script, spare, numbers=numbers, told=told)
        except KeptError:
            # It was told that it couldn't go on: unlike after a crash, nothing was cut short.
            self._context.store.write(partial(_unbegin, replay=held.id, position=version.position))
            raise

    def _keep(self, held: Row[Any], version: Row[Any], attempt: Attempt, *, following: int | None) -> None:
        """One transaction: what an attempt came to, and that the next one is begun."""

        def rows(connection: Connection) -> None:
            mine = (ATTEMPTS.c.replay == held.id) & (ATTEMPTS.c.position == version.position)
            values = {"outcome": attempt.outcome, "asked": attempt.asked, "answered": attempt.answered}
            spent = {"requests": attempt.requests, "tokens": attempt.tokens}
            kept = ATTEMPTS.update().where(mine, ATTEMPTS.c.number == attempt.number, ATTEMPTS.c.outcome == "")
            connection.execute(kept.values(**values, **spent))
            if following is not None:
                _begin(connection, replay=held.id, position=version.position, number=following)

        self._context.store.write(rows)

    def _opened(self, report: str) -> Report:
        """What a report says: as a triager released it, or as its reporter sealed it to this worker.

        Raises Denied where its reporter lets triagers alone read it and none released it, NotFound, or Invalid.
        """
        with self._context.store.read() as connection:
            released = connection.execute(select(RELEASED.c.content).where(RELEASED.c.report == report)).scalar()
            readers = connection.execute(select(REPORTS.c.readers).where(REPORTS.c.id == report)).scalar()
            sealed = connection.execute(select(SEALED.c.content).where(SEALED.c.report == report)).scalar()
        if released is not None:
            return read_bundle(bytes(released))
        if sealed is None:
            raise NotFound("What the report said was discarded.", code="report.discarded")
        if readers != BOTH:
            raise Denied(
                "Its reporter lets triagers alone read it.",
                code="report.readers",
                hint="It is replayed once one of them releases it: kept disclosure release",
            )
        return read_bundle(load(self._context.backends["age"]["decrypt"])(bytes(sealed), self._identities))

    def _planned(self, held: Row[Any], report: Report) -> Mapping[int, Script]:
        """What each planned conversation says, by its number; 0 where the plan doesn't number the only one.

        Raises Unverified unless the ledger has this very plan, and it is of these very scripts.
        """
        recorded = next(iter(self._context.ledger.statements(disclosure_replay_plan.TYPE, since=held.entry)), None)
        stated = recorded.predicate if recorded is not None and recorded.index == held.entry else None
        plan = book.plan_of(held)
        if stated != plan.model_dump(mode="json", exclude_none=True):
            raise Unverified(f"The ledger has no such plan of {held.id}.", code="replay.unplanned")
        if plan.conversations is None:
            scripts, digests = {0: script_of(report)}, [plan.script]
        else:
            scripts = {each.number: script_of(report, each.number) for each in plan.conversations}
            digests = [each.script for each in plan.conversations]
        said = [digest_of(script, salt=held.salt) for script in scripts.values()]
        if said != digests or digest_of_all(digests, salt=held.salt) != plan.script:
            raise Unverified(f"The report says something else than {held.id} was planned for.", code="replay.script")
        return scripts

    def _refuse(self, held: Row[Any], error: KeptError) -> None:
        ended = milliseconds(self._context.clock())
        values = {"state": "refused", "problem": str(error)[:500], "ended": ended}
        self._context.store.write(lambda connection: book.change(connection, held.id, was="queued", **values))

    def _stand(self, held: Row[Any], error: KeptError) -> None:
        values = {"problem": str(error)[:500]}
        self._context.store.write(lambda connection: book.change(connection, held.id, was=held.state, **values))


def terms_of(
    judging: Judging,
    *,
    seed: int,
    requests: int | None = None,
    tokens: int | None = None,
    seconds: int | None = None,
) -> Terms:
    """How a programme's replays are made, with what is left of their budgets."""
    sampling = None
    if judging.temperature is not None or judging.max_tokens is not None:
        own = Sampling()
        sampling = Sampling(
            temperature=own.temperature if judging.temperature is None else judging.temperature,
            max_tokens=own.max_tokens if judging.max_tokens is None else judging.max_tokens,
        )
    return Terms(
        judge=judging.judge,
        judge_model=judging.judge_model,
        system=judging.system,
        sampling=sampling,
        seed=seed,
        requests=max(0, judging.requests if requests is None else requests),
        tokens=max(0, judging.tokens if tokens is None else tokens),
        seconds=max(0, judging.seconds if seconds is None else seconds),
    )


def _left(connection: Connection, replay: str, position: int, *, planned: int) -> list[tuple[int, int]]:
    """The numbers of what isn't finished, and how often each was begun."""
    mine = (ATTEMPTS.c.replay == replay) & (ATTEMPTS.c.position == position)
    known = {each.number: each for each in connection.execute(select(ATTEMPTS).where(mine))}
    return [
        (number, known[number].begun if number in known else 0)
        for number in range(planned)
        if number not in known or not known[number].outcome
    ]


def _begin(connection: Connection, *, replay: str, position: int, number: int) -> None:
    mine = (ATTEMPTS.c.replay == replay) & (ATTEMPTS.c.position == position) & (ATTEMPTS.c.number == number)
    again = connection.execute(ATTEMPTS.update().where(mine).values(begun=ATTEMPTS.c.begun + 1))
    if again.rowcount == 0:
        row = {"replay": replay, "position": position, "number": number, "begun": 1, "outcome": ""}
        connection.execute(ATTEMPTS.insert().values(**row, asked="", answered="", requests=0, tokens=0))


def _unbegin(connection: Connection, *, replay: str, position: int) -> None:
    mine = (ATTEMPTS.c.replay == replay) & (ATTEMPTS.c.position == position) & (ATTEMPTS.c.outcome == "")
    connection.execute(ATTEMPTS.update().where(mine).values(begun=ATTEMPTS.c.begun - 1))
