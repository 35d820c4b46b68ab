"""The verbs of thanks: who agreed to be named, and what becomes of advisories when a name is taken back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sqlalchemy import Connection, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context, format_time
from kept.errors import Conflict, Invalid, NotFound
from kept.practices.disclosure.records.advisories import (
    AdvisoryDraft,
    Published,
    Thanked,
)
from kept.practices.disclosure.service.advisories import rows
from kept.practices.disclosure.service.advisories.revising import Revising
from kept.practices.disclosure.service.tables.advisories import ADVISORIES, CREDITS

LEFT_OUT = "Leave out a name"
_TRIES = 8


class Crediting(Revising):
    """Names those who found what is published, as long as they want that."""

    _context: Context

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
