"""How an advisory comes out: each revision in one transaction with its statement and the bytes that are served."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

import kept
from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.ledger import Draft as Entry
from kept.core.ledger.tree import size_of
from kept.errors import Conflict, Invalid
from kept.practices.disclosure.methods.advisories.forms import forms
from kept.practices.disclosure.records import Settings
from kept.practices.disclosure.records.advisories import (
    Advisory,
    AdvisoryDraft,
    Form,
    Published,
    Revision,
)
from kept.practices.disclosure.service.advisories import rows
from kept.practices.disclosure.service.advisories.signing import Signing, put
from kept.practices.disclosure.service.intake import salted_digest
from kept.practices.disclosure.service.tables.advisories import ADVISORIES
from kept.practices.disclosure.service.tables.intake import REPORTS
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.practices.disclosure.service.triage.reading import Reading
from kept.predicates.disclosure_advisory import DisclosureAdvisory

CHANGE_LIMIT = 500
Check = Callable[[Connection, AdvisoryDraft], None]


class Revising(Signing, Reading):
    """Publishes revisions."""

    _context: Context
    _settings: Settings

    def advisory_list(self) -> tuple[Published, ...]:
        """Every published advisory, the last change first."""
        query = select(ADVISORIES).order_by(ADVISORIES.c.changed.desc(), ADVISORIES.c.id)
        with self._context.store.read() as connection:
            return tuple(rows.listed(row) for row in connection.execute(query))

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

    def _move(self, connection: Connection, id: str, advisory: Advisory, *, by: Actor) -> None:
        case = self._case(connection, id)
        kind = "published" if case.state != "published" else "advisory revised"
        details = {"advisory": advisory.id, "revision": advisory.revisions[-1].number}
        Casebook(self._context).append(connection, id, kind, by=by.id, audience="everyone", details=details)

    def _report_digests(self, connection: Connection, reports: Sequence[str]) -> list[str]:
        """The salted digests by which the ledger knows reports; those that were never recorded have none."""
        query = select(REPORTS.c.id, REPORTS.c.salt, REPORTS.c.sha256).where(REPORTS.c.id.in_(reports))
        return sorted(salted_digest(row.salt, row.sha256) for row in connection.execute(query))


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
