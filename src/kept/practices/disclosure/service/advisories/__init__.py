"""The verbs of publication: advisories in the forms that others read, and thanks to those who agreed to be named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from functools import partial
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, select

import kept
from kept.core.actor import Actor, check_role
from kept.core.context import Context, format_time
from kept.core.ledger import Draft as Entry
from kept.core.ledger.tree import size_of
from kept.core.reference import load
from kept.errors import Conflict, Invalid, NotFound
from kept.practices.disclosure import PRACTICE
from kept.practices.disclosure.methods.advisories import reading
from kept.practices.disclosure.methods.advisories.feeds import atom, provider_metadata, rolie
from kept.practices.disclosure.methods.advisories.forms import JSON, NAMES, forms
from kept.practices.disclosure.methods.advisories.ssvc import TABLES
from kept.practices.disclosure.methods.triage.decisions import ssvc
from kept.practices.disclosure.records import Settings
from kept.practices.disclosure.records.advisories import (
    Advisory,
    AdvisoryDraft,
    Decision,
    Form,
    Published,
    Revision,
    Thanked,
)
from kept.practices.disclosure.service.advisories import rows
from kept.practices.disclosure.service.advisories.signing import Signing, put, trusted
from kept.practices.disclosure.service.intake import salted_digest
from kept.practices.disclosure.service.moments import moment_at
from kept.practices.disclosure.service.tables.advisories import ADVISORIES, ADVISORY_DRAFTS, CREDITS, FORMS, SIGNATURES
from kept.practices.disclosure.service.tables.intake import REPORTS
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.practices.disclosure.service.triage.reading import Reading
from kept.predicates.disclosure_advisory import DisclosureAdvisory

FIRST = "First publication"
LEFT_OUT = "Leave out a name"
CHANGE_LIMIT = 500
_TRIES = 8
Check = Callable[[Connection, AdvisoryDraft], None]


class Advisories(Signing, Reading):
    """Writes advisories, publishes and revises them, and thanks those who found what they tell of."""

    _context: Context
    _settings: Settings

    @staticmethod
    def advisory_example() -> str:
        """An advisory in TOML to begin with."""
        place = files("kept.practices.disclosure.methods.advisories") / "example.toml"
        return place.read_text(encoding="utf-8")

    def advisory_new(self, written: bytes, *, by: Actor, where: str = "The advisory") -> AdvisoryDraft:
        """Keep an advisory that was written in TOML, in the place of an unpublished one of its id.

        Raises Invalid for one that is malformed, NotFound for a report that isn't there, Unavailable where it has a
        CVSS vector and the package that scores it is missing, and Denied without the role.
        """
        check_role(by, "publish", to="write an advisory")
        draft = reading.read_draft(written, where=where, score=load(PRACTICE.backends["score"]["cvss4"]))
        with self._context.store.read() as connection:
            for case in draft.reports:
                self._case(connection, case)
            self._check_credits(connection, draft)
        document = json.dumps({"advisory": asdict(draft.advisory), "reports": draft.reports})

        def work(connection: Connection) -> None:
            connection.execute(ADVISORY_DRAFTS.delete().where(ADVISORY_DRAFTS.c.id == draft.advisory.id))
            connection.execute(ADVISORY_DRAFTS.insert().values(id=draft.advisory.id, document=document))

        self._context.store.write(work)
        return draft

    def advisory_draft(self, id: str) -> AdvisoryDraft:
        """What is kept of an advisory that is being written. Raises NotFound."""
        with self._context.store.read() as connection:
            return rows.draft(connection, id)

    def publish(self, id: str, *, by: Actor, change: str = "") -> Published:
        """Publish an advisory as it was written last, or revise it; `change` says in one line what a revision changes.

        It tells how often the weakness came back in the replays behind it, and how urgent it was by SSVC where its
        cases say so; they are moved to "published".

        Raises NotFound where nothing was written, Invalid for a revision that says no change, Conflict while an embargo
        holds over one of its cases, where something of one lies in quarantine, or where one isn't reproduced yet, and
        Denied without the role.
        """
        check_role(by, "publish", to="publish an advisory")
        with self._context.store.read() as connection:
            draft, before = rows.draft(connection, id), rows.published(connection, id)
            self._check_publishable(connection, draft)
            found = rows.reproduction(connection, draft)
            decision = self._decision(connection, draft.reports)
            draft = replace(draft, advisory=replace(draft.advisory, reproduction=found, decision=decision))
        if before and not change.strip():
            raise Invalid(
                f"{id} was published before; a revision says what it changes.",
                code="advisory.change",
                hint="Say it in one line: --change TEXT",
            )
        return self._revise(draft, before, change.strip() or FIRST, check=self._check_publishable, by=by)

    def advisory_show(self, id: str) -> Published:
        """A published advisory. Raises NotFound."""
        with self._context.store.read() as connection:
            found = rows.published(connection, id)
        if found is None:
            raise NotFound(
                f"No advisory {id[:64]!r} was published.",
                code="advisory.missing",
                hint="See them: kept disclosure advisory list",
            )
        return found

    def advisory_list(self) -> tuple[Published, ...]:
        """Every published advisory, the last change first."""
        query = select(ADVISORIES).order_by(ADVISORIES.c.changed.desc(), ADVISORIES.c.id)
        with self._context.store.read() as connection:
            return tuple(rows.listed(row) for row in connection.execute(query))

    def advisory_form(self, id: str, form: str) -> Form:
        """A published advisory as csaf-2.0, csaf-2.1 or avid: the bytes that are served. Raises NotFound."""
        query = select(FORMS).where(FORMS.c.id == id, FORMS.c.form == form)
        with self._context.store.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound(
                f"There is no advisory {id[:64]!r} as {form[:16]!r}.",
                code="advisory.form",
                hint=f"Forms: {', '.join(NAMES)}.",
            )
        return Form(row.form, JSON, row.content, row.digest)

    def csaf_document(self, version: str, year: str, name: str) -> Form:
        """The CSAF document of a file name, in the folder of the year it was first published in. Raises NotFound."""
        return self.advisory_form(self._document(year, name), f"csaf-{version}")

    def csaf_signature(self, version: str, year: str, name: str) -> bytes:
        """The OpenPGP signature over the bytes of a CSAF document, ASCII-armored. Raises NotFound without one."""
        here = (SIGNATURES.c.id == self._document(year, name)) & (SIGNATURES.c.form == f"csaf-{version}")
        with self._context.store.read() as connection:
            found = connection.execute(select(SIGNATURES.c.content).where(here)).scalar()
        if found is None:
            raise NotFound(
                f"{name[:80]!r} isn't signed by OpenPGP.",
                code="signing.unsigned",
                hint="Make a key: kept disclosure signing new",
            )
        return bytes(found)

    def advisory_feed(self) -> bytes:
        """The published advisories as an Atom feed. Raises Invalid without a public address."""
        found = [each.advisory for each in self.advisory_list()]
        return atom(found, self._publisher(), base=self._base())

    def csaf_feed(self, version: str) -> dict[str, Any]:
        """The published CSAF documents of a version, as a ROLIE feed. Raises Invalid without a public address."""
        found = [each.advisory for each in self.advisory_list()]
        query = select(SIGNATURES.c.id).where(SIGNATURES.c.form == f"csaf-{version}")
        with self._context.store.read() as connection:
            signed = frozenset(connection.execute(query).scalars())
        return rolie(found, self._publisher(), base=self._base(), version=version, signed=signed)

    def csaf_provider(self, version: str) -> dict[str, Any]:
        """By what programs find the CSAF documents of a version. Raises Invalid without a public address."""
        updated = format_time(self._context.clock())
        with self._context.store.read() as connection:
            keys, all_signed = trusted(connection, f"csaf-{version}")
        return provider_metadata(
            self._publisher(), base=self._base(), version=version, updated=updated, keys=keys, trusted=all_signed
        )

    def credit_give(self, report: str, name: str, *, by: Actor) -> Thanked:
        """Note that whoever sent a report agreed to be named so.

        Raises NotFound for a report there isn't, Invalid for what is no name, and Denied without the role.
        """
        check_role(by, "triage", to="note who may be named")
        if not name.strip() or len(name) > 256 or not name.isprintable():
            raise Invalid("A name is one line of at most 256 letters.", code="credit.name")
        given = format_time(self._context.clock())

        def work(connection: Connection) -> None:
            self._case(connection, report)
            connection.execute(CREDITS.delete().where(CREDITS.c.report == report))
            connection.execute(CREDITS.insert().values(report=report, name=name.strip(), given=given))

        self._context.store.write(work)
        return Thanked(name.strip(), ())

    def credit_withdraw(self, report: str, *, by: Actor) -> tuple[Published, ...]:
        """Forget that whoever sent a report may be named: every advisory that did is revised without the name.

        Raises NotFound where nobody is named for it, and Denied without the role.
        """
        check_role(by, "triage", to="take a name back")
        with self._context.store.read() as connection:
            name = connection.execute(select(CREDITS.c.name).where(CREDITS.c.report == report)).scalar()
        if name is None:
            raise NotFound(f"Nobody is named for {report[:32]!r}.", code="credit.missing")
        revised: list[Published] = []
        for _ in range(_TRIES):
            naming = [each for each in self.advisory_list() if _names(each, report, name)]
            revised += [self._without(each, name, by=by) for each in naming]
            if self._context.store.erase(partial(_forgotten, report=report, name=name)):
                return tuple(revised)
        raise Conflict(f"{name!r} is being published again and again.", code="advisory.changed", hint="Try again.")

    def thanks(self) -> tuple[Thanked, ...]:
        """Everybody who agreed to be named for a published advisory, by name."""
        with self._context.store.read() as connection:
            agreed = {row.report: row.name for row in connection.execute(select(CREDITS))}
        found: dict[str, list[str]] = {}
        for each in self.advisory_list():
            for name in sorted({agreed[report] for report in each.reports if report in agreed}):
                if name in each.advisory.credits:
                    found.setdefault(name, []).append(each.advisory.id)
        return tuple(Thanked(name, tuple(found[name])) for name in sorted(found))

    def _without(self, published: Published, name: str, *, by: Actor) -> Published:
        """The advisory revised so that it names this person no more."""
        credits = tuple(each for each in published.advisory.credits if each != name)
        draft = AdvisoryDraft(replace(published.advisory, credits=credits), published.reports)
        return self._revise(draft, published, LEFT_OUT, check=_check_nothing, by=by)

    def _revise(
        self, draft: AdvisoryDraft, before: Published | None, change: str, *, check: Check, by: Actor
    ) -> Published:
        """Publish the next revision, in one transaction with its statement and the bytes that are served.

        `check` is asked there once more, under the lock: an embargo may have begun, or a name have been taken back.
        """
        now = format_time(self._context.clock())
        revisions = before.advisory.revisions if before else ()
        revision = Revision(len(revisions) + 1, now, change[:CHANGE_LIMIT])
        advisory = replace(draft.advisory, revisions=(*revisions, revision))
        made_forms = forms(advisory, self._publisher(), base=self._base(), generator=f"kept {kept.__version__}")
        signatures = self._signatures(made_forms)
        with self._context.store.read() as connection:
            digests = self._report_digests(connection, draft.reports)
        statement = _statement(advisory, made_forms, digests, now=now, by=by).to_statement()
        made: list[Published] = []

        def work(connection: Connection) -> None:
            newest = rows.published(connection, advisory.id)
            if (newest.advisory.revisions if newest else ()) != revisions:
                raise Conflict(
                    f"{advisory.id} was revised meanwhile.", code="advisory.changed", hint="Look, and publish again."
                )
            check(connection, draft)
            for case in draft.reports:
                self._move(connection, case, advisory, by=by)
            made.append(Published(advisory, draft.reports, size_of(connection)))
            rows.write(connection, made[-1], made_forms)
            put(connection, advisory.id, signatures)

        self._context.ledger.record(Entry(statement), by=by, rows=work)
        return made[-1]

    def _base(self) -> str:
        if not self._settings.public_url:
            raise Invalid(
                "Advisories have no address: kept.toml doesn't say where the public reaches this server.",
                code="advisory.public-url",
                hint='Set public_url = "https://…" under [practices.disclosure].',
            )
        return f"{self._settings.public_url}/disclosure"

    def _check_publishable(self, connection: Connection, draft: AdvisoryDraft) -> None:
        self._check_credits(connection, draft)
        self._check_ready(connection, draft.reports)

    def _check_ready(self, connection: Connection, cases: Sequence[str]) -> None:
        for case in (self._case(connection, each) for each in cases):
            wrong = ""
            if case.embargo == "holds":
                wrong = f"is under embargo until {case.embargo_until}"
            elif case.quarantined:
                wrong = "has something in quarantine"
            elif case.state != "published" and "published" not in case.moves:
                wrong = f"is {case.state}"
            if wrong:
                raise Conflict(
                    f"{case.id} {wrong}, so nothing is published of it.",
                    code="advisory.not-ready",
                    hint=f"See it: kept disclosure triage show {case.id}",
                )

    def _move(self, connection: Connection, id: str, advisory: Advisory, *, by: Actor) -> None:
        case = self._case(connection, id)
        kind = "published" if case.state != "published" else "advisory revised"
        details = {"advisory": advisory.id, "revision": advisory.revisions[-1].number}
        Casebook(self._context).append(connection, id, kind, by=by.id, audience="everyone", details=details)

    def _document(self, year: str, name: str) -> str:
        query = select(ADVISORIES.c.id).where(ADVISORIES.c.file == name, ADVISORIES.c.published.startswith(year))
        with self._context.store.read() as connection:
            id = connection.execute(query).scalar()
        if id is None:
            raise NotFound(f"No document {name[:80]!r} was published in {year}.", code="advisory.missing")
        return str(id)

    def _decision(self, connection: Connection, cases: Sequence[str]) -> Decision | None:
        """The last decision by the first of the tables that tell of urgency by which one of the cases was decided."""
        events = [each for case in cases for each in self._case(connection, case).events if each.kind == "assessed"]
        told = [(table, each) for table in TABLES for each in events if table in each.details.get("ssvc", {})]
        if not told:
            return None
        table, last = max((one for one in told if one[0] == told[0][0]), key=lambda one: one[1].at)
        said = last.details["ssvc"][table]
        answers = tuple((ask.name, said[ask.name]) for ask in ssvc(table).asks)
        return Decision(table, answers, said["outcome"], format_time(moment_at(last.at)))

    def _report_digests(self, connection: Connection, reports: Sequence[str]) -> list[str]:
        """The salted digests by which the ledger knows reports; those that were never recorded have none."""
        query = select(REPORTS.c.id, REPORTS.c.salt, REPORTS.c.sha256).where(REPORTS.c.id.in_(reports))
        return sorted(salted_digest(row.salt, row.sha256) for row in connection.execute(query))

    def _check_credits(self, connection: Connection, draft: AdvisoryDraft) -> None:
        query = select(CREDITS.c.name).where(CREDITS.c.report.in_(draft.reports))
        agreed = set(connection.execute(query).scalars())
        if missing := [name for name in draft.advisory.credits if name not in agreed]:
            raise Conflict(
                f"Nobody who sent one of its reports agreed to be named {missing[0]!r}.",
                code="advisory.credit",
                hint="Ask in the thread, and note it: kept disclosure credit give REPORT NAME",
            )


def _check_nothing(connection: Connection, draft: AdvisoryDraft) -> None:
    """A name is left out whatever holds over its case."""


def _forgotten(connection: Connection, *, report: str, name: str) -> bool:
    """Forget a name, unless an advisory that was published just now has it."""
    published = map(rows.listed, connection.execute(select(ADVISORIES)))
    if any(_names(each, report, name) for each in published):
        return False
    connection.execute(CREDITS.delete().where(CREDITS.c.report == report))
    return True


def _names(published: Published, report: str, name: str) -> bool:
    return report in published.reports and name in published.advisory.credits


def _statement(
    advisory: Advisory, forms: Sequence[Form], reports: Iterable[str], *, now: str, by: Actor
) -> DisclosureAdvisory:
    return DisclosureAdvisory.of(
        advisory=advisory.id,
        revision=advisory.revisions[-1].number,
        severity=advisory.severity,
        documents=[{"form": each.name, "digest": each.digest} for each in forms],
        models=[{"model": each.digest, "standing": each.standing} for each in advisory.products if each.digest],
        reports=list(reports),
        published=advisory.revisions[0].date,
        issued=now,
        by=by.id,
    )
