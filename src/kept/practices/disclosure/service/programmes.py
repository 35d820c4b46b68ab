"""The verbs of programmes: written, published in versions, and closed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, Row, func, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context, format_time
from kept.core.ledger import Draft as Statement
from kept.core.ledger.tree import size_of
from kept.errors import Conflict, Invalid, NotFound
from kept.practices.disclosure.methods import programmes as method
from kept.practices.disclosure.records import Draft, Model, Programme, Settings
from kept.practices.disclosure.service.tables.programmes import DRAFTS, PROGRAMMES
from kept.predicates.disclosure_programme import DisclosureProgramme


class Programmes:
    """Writes programmes, publishes them, and tells which version was in force."""

    _context: Context
    _settings: Settings

    @staticmethod
    def programme_example() -> str:
        """A programme in TOML to begin with."""
        return (files("kept.practices.disclosure.methods") / "example.toml").read_text(encoding="utf-8")

    def programme_new(self, written: bytes, *, by: Actor, where: str = "The programme") -> Draft:
        """Keep a programme that was written in TOML, in the place of an unpublished one of its name.

        Raises Invalid for one that is malformed or names a model that kept.toml doesn't, and Denied without the role.
        """
        check_role(by, "publish", "admin", to="write a programme")
        draft = method.read_draft(written, where=where)
        self._check_models(draft)
        document = json.dumps(draft.document())

        def work(connection: Connection) -> None:
            connection.execute(DRAFTS.delete().where(DRAFTS.c.name == draft.name))
            connection.execute(DRAFTS.insert().values(name=draft.name, document=document))

        self._context.store.write(work)
        return draft

    async def programme_publish(self, name: str, *, by: Actor) -> Programme:
        """Publish what was written last under a name, in two steps; it supersedes the version before.

        1. Every model in scope is opened, so that the scope names what it is today.
        2. The version and one statement for each model are recorded in one transaction.

        Raises NotFound where nothing was written, Invalid for a model that kept.toml no longer names, Denied without
        the role, and whatever opening a model raises.
        """
        check_role(by, "publish", "admin", to="publish a programme")
        draft = self._draft(name)
        self._check_models(draft)
        self._check_kept(draft)
        scope = tuple([await self._opened(each) for each in draft.models])
        _check_apart(scope)
        await self._check_replayable(draft)
        return self._record(draft, scope, active=True, by=by)

    def programme_close(self, name: str, *, by: Actor) -> Programme:
        """Record that a programme takes no more reports. Raises NotFound, Conflict where it is closed, or Denied."""
        check_role(by, "publish", "admin", to="close a programme")
        latest = self.programme_show(name)
        if not latest.active:
            raise Conflict(f"The programme {name!r} is closed already.", code="programme.closed")
        return self._record(latest.draft, latest.scope, active=False, by=by)

    def programme_show(self, name: str, *, version: int = 0) -> Programme:
        """A published version; 0 stands for the latest. Raises NotFound."""
        query = select(PROGRAMMES).where(PROGRAMMES.c.name == name).order_by(PROGRAMMES.c.version.desc()).limit(1)
        if version:
            query = query.where(PROGRAMMES.c.version == version)
        with self._context.store.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            which = f"version {version} of the programme" if version else "published programme"
            raise NotFound(
                f"There is no {which} {name[:64]!r}.",
                code="programme.missing",
                hint="See them: kept disclosure programme list",
            )
        return _programme(row)

    def programme_list(self, *, closed: bool = False) -> tuple[Programme, ...]:
        """The latest version of every programme, by name; without `closed`, of those that take reports."""
        latest = select(PROGRAMMES.c.name, func.max(PROGRAMMES.c.version).label("version")).group_by(PROGRAMMES.c.name)
        newest = latest.subquery()
        query = select(PROGRAMMES).join(
            newest, (PROGRAMMES.c.name == newest.c.name) & (PROGRAMMES.c.version == newest.c.version)
        )
        with self._context.store.read() as connection:
            found = [_programme(row) for row in connection.execute(query.order_by(PROGRAMMES.c.name))]
        return tuple(each for each in found if closed or each.active)

    def _record(self, draft: Draft, scope: tuple[Model, ...], *, active: bool, by: Actor) -> Programme:
        with self._context.store.read() as connection:
            last = connection.execute(last_version(draft.name)).scalar() or 0
        now = format_time(self._context.clock())
        made = _made(draft, scope, version=last + 1, active=active, published=now)
        drafts = [
            Statement(_statement(made, model, by=by).to_statement(name=model.name), model=model.id) for model in scope
        ]
        row = {
            "name": made.name,
            "version": made.version,
            "active": active,
            "draft": json.dumps(draft.document()),
            "scope": json.dumps([asdict(each) for each in scope]),
            "published": now,
            "first_entry": 0,
        }

        def rows(connection: Connection) -> None:
            # Another publication since would clash with this version's key.
            row["first_entry"] = size_of(connection)
            connection.execute(PROGRAMMES.insert().values(**row))

        receipts = self._context.ledger.record(drafts, by=by, rows=rows)
        return replace(made, recorded=tuple(each.index for each in receipts))

    def _draft(self, name: str) -> Draft:
        with self._context.store.read() as connection:
            document = connection.execute(select(DRAFTS.c.document).where(DRAFTS.c.name == name)).scalar()
        if document is None:
            raise NotFound(
                f"Nothing was written for a programme {name[:64]!r}.",
                code="programme.unwritten",
                hint="Write one: kept disclosure programme new FILE",
            )
        return method.draft_of(json.loads(document))

    def _check_models(self, draft: Draft) -> None:
        known = self._context.workspace.models
        if unknown := [each for each in draft.models if each not in known]:
            raise Invalid(
                f"The programme has {unknown[0]!r} in its scope, which kept.toml does not name.",
                code="programme.model",
                hint=f"Known: {', '.join(sorted(known)) or 'none; add one under [models]'}.",
            )

    def _check_kept(self, draft: Draft) -> None:
        """Raises Conflict where a new version breaks what the one before promised.

        What was promised in one currency is no budget in another, and who takes part in a contest does so for its
        prizes.
        """
        query = select(PROGRAMMES.c.draft).where(PROGRAMMES.c.name == draft.name)
        with self._context.store.read() as connection:
            last = connection.execute(query.order_by(PROGRAMMES.c.version.desc()).limit(1)).scalar()
        if last is None:
            return
        before = method.draft_of(json.loads(last))
        if before.currency != draft.currency:
            raise Conflict(
                f"The programme {draft.name!r} pays in {before.currency}, and is written in {draft.currency} now.",
                code="programme.currency",
                hint="Close it, and publish one of another name.",
            )
        today = format_time(self._context.clock())[:10]
        if broken := method.broken_contest(before.contests, draft.contests, today=today):
            raise Conflict(
                f"The contest {broken.id!r} began on {broken.opens}, and is written otherwise now.",
                code="programme.contest",
                hint=f"Keep its dates and prizes as they are, and leave it out after {broken.closes} at the earliest.",
            )

    async def _check_replayable(self, draft: Draft) -> None:
        """Raises what preparing a replay raises: Invalid or NotFound for a judge that there isn't, or that can't be."""
        # Imported here because replays are made by programmes, and not the other way round.
        from kept.practices.disclosure.service.replaying.working import terms_of

        replayer: Any = self._context.ports.get("replayer")
        for name in draft.models if replayer is not None else ():
            await replayer.prepare_replay(name, terms_of(draft.replay, seed=0))

    async def _opened(self, name: str) -> Model:
        model = self._context.open_model(name)
        try:
            identity = model.identity
        finally:
            await model.close()
        return Model(name, identity.id, identity.established, identity.evidence)


def _check_apart(scope: Sequence[Model]) -> None:
    """Raises Invalid where two names are one model: a replay tries each once."""
    names: dict[str, str] = {}
    for each in scope:
        if (other := names.setdefault(each.id, each.name)) != each.name:
            raise Invalid(
                f"The programme has {other!r} and {each.name!r} in its scope, which are the same model.",
                code="programme.model",
                hint="Name it once in scope.models.",
            )


def _made(draft: Draft, scope: tuple[Model, ...], *, version: int, active: bool, published: str) -> Programme:
    return Programme(
        name=draft.name,
        version=version,
        active=active,
        draft=draft,
        scope=scope,
        published=published,
        digest=method.digest_of(method.published_document(draft, scope, version=version, active=active)),
        scope_digest=method.digest_of(method.scope_document(draft, scope)),
        rules_digest=method.digest_of(draft.rules),
        safe_harbour_digest=method.digest_of(draft.safe_harbour),
    )


def _programme(row: Row[Any]) -> Programme:
    return _read(row.draft, row.scope, row.version, row.active, row.published, row.first_entry)


# Most pages show a programme, and its digests take longer than to find it.
@lru_cache(maxsize=64)
def _read(written: str, models: str, version: int, active: bool, published: str, first_entry: int) -> Programme:
    draft = method.draft_of(json.loads(written))
    scope = tuple(Model(**each) for each in json.loads(models))
    made = _made(draft, scope, version=version, active=active, published=published)
    return replace(made, recorded=tuple(range(first_entry, first_entry + len(scope))))


def _statement(made: Programme, model: Model, *, by: Actor) -> DisclosureProgramme:
    draft = made.draft
    contests: list[Mapping[str, Any]] = [
        {name: value for name, value in asdict(each).items() if name != "rules"} for each in draft.contests
    ]
    return DisclosureProgramme.of(
        model=model.id,
        programme=made.name,
        version=made.version,
        title=draft.title,
        active=made.active,
        rewards=draft.rewards,
        document=made.digest,
        scope=made.scope_digest,
        rules=made.rules_digest,
        safe_harbour=made.safe_harbour_digest,
        languages=draft.languages,
        currency=draft.currency,
        terms=[asdict(each) for each in draft.terms],
        level=draft.level,
        submissions=draft.submissions,
        acknowledge_days=draft.acknowledge_days,
        assess_days=draft.assess_days,
        fix_days=draft.fix_days,
        publish_days=draft.publish_days,
        contests=contests,
        issued=made.published,
        by=by.id,
    )


def last_version(name: str) -> Any:
    """The query for the number of a programme's latest version."""
    return select(func.max(PROGRAMMES.c.version)).where(PROGRAMMES.c.name == name)


def check_in_force(connection: Connection, programme: Programme) -> None:
    """Raises Conflict where a newer version was published, or the programme closed, since this one was looked up."""
    if connection.execute(last_version(programme.name)).scalar() != programme.version:
        raise Conflict(
            f"Version {programme.version} of the programme was superseded just now.",
            code="programme.superseded",
            hint="Read what changed in its rules, then send the report again.",
        )
