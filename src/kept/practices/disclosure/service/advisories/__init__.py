"""The verbs of publication: advisories in the forms that others read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context, format_time
from kept.core.reference import load
from kept.errors import Conflict, Invalid, NotFound
from kept.practices.disclosure import PRACTICE
from kept.practices.disclosure.methods.advisories import reading
from kept.practices.disclosure.methods.advisories.feeds import atom, provider_metadata, rolie
from kept.practices.disclosure.methods.advisories.forms import JSON, NAMES
from kept.practices.disclosure.methods.advisories.ssvc import TABLES
from kept.practices.disclosure.methods.triage.decisions import ssvc
from kept.practices.disclosure.records import Settings
from kept.practices.disclosure.records.advisories import AdvisoryDraft, Decision, Form, Published
from kept.practices.disclosure.service.advisories import rows
from kept.practices.disclosure.service.advisories.crediting import Crediting
from kept.practices.disclosure.service.advisories.signing import trusted
from kept.practices.disclosure.service.moments import moment_at
from kept.practices.disclosure.service.tables.advisories import ADVISORIES, ADVISORY_DRAFTS, FORMS, SIGNATURES

FIRST = "First publication"


class Advisories(Crediting):
    """Writes advisories, publishes and revises them, and serves them."""

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
