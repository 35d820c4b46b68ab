"""The verbs that move a case along; each writes an event, by whom and why."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from kept.core.actor import Actor, check_role
from kept.core.context import Context, format_time
from kept.errors import Conflict, Invalid
from kept.practices.disclosure.methods.triage.clocks import LIMITS, LONGEST_DAYS
from kept.practices.disclosure.methods.triage.embargo import check_until, embargo
from kept.practices.disclosure.records.triage import Audience, Case
from kept.practices.disclosure.service.moments import moment_of
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.practices.disclosure.service.triage.reading import Reading, embargo_changes

BY_HAND = ("assessing", "reproduced", "not reproduced", "out of scope", "fixing", "regressed", "reopened")
"""The moves that need a reason and nothing else; the others have verbs of their own."""
VERBS = {
    "acknowledged": "triage acknowledge",
    "duplicate": "triage merge",
    "fixed": "triage fix",
    "published": "publish",
    "closed": "triage close",
}


class Handling(Reading):
    """Acknowledges, assigns, moves, merges, waits, extends, keeps silent, notes and closes."""

    _context: Context

    def triage_acknowledge(self, case: str, *, by: Actor) -> Case:
        """Say that somebody answers for a report; it is assigned to whom does, where it is nobody's.

        Raises Denied without the role, NotFound, or Conflict where that was said before.
        """
        check_role(by, "triage", to="acknowledge reports")

        def work(connection: Connection) -> None:
            book = Casebook(self._context)
            if not book.row(connection, case).assignee:
                book.append(connection, case, "assigned", by=by.id, details={"to": by.id})
            book.append(connection, case, "acknowledged", by=by.id, audience="reporter")

        return self._changed(case, work)

    def triage_assign(self, case: str, to: str, *, by: Actor) -> Case:
        """Say who answers for a case, by their id. Raises as `triage_acknowledge` does, or Invalid for an empty id."""
        if not 1 <= len(to.strip()) <= 128:
            raise Invalid("A case is assigned to somebody, by an id of at most 128 characters.", code="triage.assignee")
        return self._appended(case, "assigned", by=by, details={"to": to.strip()})

    def triage_move(self, case: str, to: str, *, reason: str, by: Actor) -> Case:
        """Move a case by hand, with a reason that the reporter reads too; `to` is one of `BY_HAND`.

        Raises Denied without the role, NotFound, Invalid for another move or without a reason, and Conflict where the
        case's state doesn't allow it.
        """
        if to not in BY_HAND:
            verb = VERBS.get(to)
            own = f" For this one: kept disclosure {verb}" if verb else ""
            raise Invalid(
                f"{to[:40]!r} is no move by hand.", code="triage.move", hint=f"Moves: {', '.join(BY_HAND)}.{own}"
            )
        return self._appended(case, to, by=by, audience="reporter", text=_reason(reason))

    def triage_merge(self, case: str, into: str, *, reason: str, by: Actor) -> Case:
        """Say that a case is the same weakness as an older one, which goes on for both; the older is told.

        Raises as `triage_move` does, and Conflict where one would be merged into itself, into a newer case, or into
        one that was merged elsewhere.
        """
        check_role(by, "triage", to="merge cases")
        why = _reason(reason)

        def work(connection: Connection) -> None:
            book = Casebook(self._context)
            own, other = book.row(connection, case), book.row(connection, into)
            if (other.received, other.id) >= (own.received, own.id) or other.merged_into:
                raise Conflict(
                    f"{case} can't be merged into {into}.",
                    code="triage.merge",
                    hint="A case is merged into an older one that goes on.",
                )
            book.append(connection, case, "duplicate", by=by.id, audience="reporter", details={"of": into}, text=why)
            book.append(connection, into, "merged", by=by.id, details={"from": case}, text=why)

        return self._changed(case, work)

    def triage_wait(self, case: str, *, reason: str, by: Actor) -> Case:
        """Stop the clocks of a case until its reporter writes, who reads the reason. Raises as `triage_move` does."""
        return self._appended(case, "waiting", by=by, audience="reporter", text=_reason(reason))

    def triage_resume(self, case: str, *, by: Actor) -> Case:
        """Let the clocks run again though the reporter didn't write. Raises as `triage_acknowledge` does."""
        return self._appended(case, "resumed", by=by, audience="reporter")

    def triage_extend(self, case: str, clock: str, days: int, *, reason: str, by: Actor) -> Case:
        """Give a clock more days, with a reason that the reporter reads; after it ran out that cures nothing.

        Raises as `triage_move` does, Invalid for another clock or number of days, and Conflict where it ran out.
        """
        check_role(by, "triage", to="extend clocks")
        if clock not in LIMITS or not 1 <= days <= LONGEST_DAYS:
            raise Invalid(
                f"{clock[:40]!r} can't be extended by {days} days.",
                code="triage.clock",
                hint=f"Clocks: {', '.join(LIMITS)}; by 1 to {LONGEST_DAYS} days.",
            )
        held = self.triage_show(case, by=by)
        added = next(each.added_days for each in held.clocks if each.clock == clock)
        if added + days > LONGEST_DAYS:
            raise Invalid(
                f"The clock {clock} of {case} has {added} days more already; {LONGEST_DAYS} at most are added in all.",
                code="triage.clock",
            )
        if clock in held.overdue:
            raise Conflict(f"The clock {clock} of {case} ran out already.", code="triage.clock", hint="Say so instead.")
        details = {"clock": clock, "days": days}
        return self._appended(case, "extended", by=by, audience="reporter", details=details, text=_reason(reason))

    def triage_embargo(self, case: str, *, until: str, reason: str, by: Actor) -> Case:
        """Keep a case unspoken of until a day (UTC, at its beginning); reporter and vendors are told.

        Raises as `triage_move` does, and Invalid for a day that is past or over a year after the report.
        """
        check_role(by, "triage", to="set an embargo")
        end = _day(until)

        def work(connection: Connection) -> None:
            book = Casebook(self._context)
            received = moment_of(book.row(connection, case).received)
            check_until(end, received=received, now=self._context.clock())
            book.append(
                connection,
                case,
                "embargoed",
                by=by.id,
                audience="everyone",
                details={"until": format_time(end)},
                text=_reason(reason),
            )

        return self._changed(case, work)

    def triage_lift(self, case: str, *, reason: str, by: Actor) -> Case:
        """End the embargo before its day. Raises as `triage_move` does, and Conflict where none holds."""
        return self._embargo_over(case, "embargo lifted", reason=reason, by=by)

    def triage_break(self, case: str, *, reason: str, by: Actor) -> Case:
        """Record that somebody spoke before the day, and where; nothing is held back any more.

        Raises as `triage_lift` does.
        """
        return self._embargo_over(case, "embargo broken", reason=reason, by=by)

    def triage_note(self, case: str, text: str, *, by: Actor) -> Case:
        """Write something that the triage team alone reads. Raises as `triage_move` does."""
        return self._appended(case, "noted", by=by, text=_reason(text))

    def triage_close(self, case: str, *, reason: str, by: Actor) -> Case:
        """End a case, with a reason that the reporter reads. Raises as `triage_move` does."""
        return self._appended(case, "closed", by=by, audience="reporter", text=_reason(reason))

    def triage_erase(self, case: str, number: int, *, reason: str, by: Actor) -> Case:
        """Erase what was written with an event of a case, for good; that it was, and why, is an event itself.

        Raises Denied without the role, NotFound where there is no such text, or Invalid without a reason.
        """
        check_role(by, "triage", to="erase what was written")
        why = _reason(reason)

        def work(connection: Connection) -> None:
            book = Casebook(self._context)
            book.erase(connection, case, number)
            book.append(connection, case, "erased", by=by.id, details={"event": number}, text=why)

        return self._changed(case, work, erasing=True)

    def _embargo_over(self, case: str, kind: str, *, reason: str, by: Actor) -> Case:
        check_role(by, "triage", to="end an embargo")
        why = _reason(reason)

        def work(connection: Connection) -> None:
            book = Casebook(self._context)
            book.row(connection, case)
            found = embargo(embargo_changes(book.events(connection, [case])[case]), now=self._context.clock())
            if not found.holds:
                raise Conflict(f"No embargo holds for {case}.", code="embargo.none")
            book.append(connection, case, kind, by=by.id, audience="everyone", text=why)

        return self._changed(case, work)

    def _appended(
        self,
        case: str,
        kind: str,
        *,
        by: Actor,
        audience: Audience = "staff",
        details: dict[str, object] | None = None,
        text: str = "",
    ) -> Case:
        check_role(by, "triage", to="triage reports")
        return self._changed(
            case,
            lambda connection: Casebook(self._context).append(
                connection, case, kind, by=by.id, audience=audience, details=details, text=text
            ),
        )


def _reason(text: str) -> str:
    if not text.strip():
        raise Invalid("It takes a few words.", code="triage.reason", hint="Say why, for whoever reads it later.")
    return text.strip()


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise Invalid(f"{text[:40]!r} is no day.", code="embargo.day", hint="Write it as 2026-12-24.") from error
