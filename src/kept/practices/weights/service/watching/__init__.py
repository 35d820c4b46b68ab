"""The verbs of those who watch: what the log raised, and the cases that two people open together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.reference import load
from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.weights.methods.insiders import explaining
from kept.practices.weights.methods.insiders.features import NAMES
from kept.practices.weights.records import Settings
from kept.practices.weights.records.insiders import AccessEvent, Case, Ranked, Watched
from kept.practices.weights.service.leasing.recording import Recording
from kept.practices.weights.service.people import People
from kept.practices.weights.service.tables.insiders import ALARMS
from kept.practices.weights.service.watching.alarms import case, draft
from kept.practices.weights.service.watching.streams import BATCH
from kept.practices.weights.service.watching.watcher import LIVE, Progress, Watcher

NOTE_LIMIT = 2000
_RANKED = 10


class Watching:
    """Watches who reads weights, by pseudonym; a name shows where two people opened a case."""

    _context: Context
    _settings: Settings
    _live_watcher: Watcher | None = None

    def watch(self, *, by: Actor) -> Watched:
        """Read what the broker wrote since the last time, and raise what it calls for. Raises Denied without the role.

        The queue and the test speak when a day is over; a broken rule is told at once.
        """
        self._check_watcher(by)
        if self._live_watcher is None:
            self._live_watcher = Watcher(self._context, self._settings)
        return _watched(self._live_watcher, self._live_watcher.follow(by=by))

    def import_log(self, path: str, *, form: str, mapping: tuple[str, ...] = (), name: str = "", by: Actor) -> Watched:
        """Watch another log from its start to its end, in a state of its own; nothing of it goes into the ledger.

        `form` is cert, csv or jsonl; `mapping` says "field=column" for each field of an access. Raises Denied without
        the role, Invalid for a log that isn't of the form, and Conflict where one was imported under this name.
        """
        self._check_watcher(by)
        source = f"log:{name or form}"[:64]
        watcher = Watcher(self._context, self._settings, source=source)
        if watcher.detector.days:
            raise Conflict(
                f"A log was imported as {source[4:]!r} before.", code="import.known", hint="Choose another --name."
            )
        events = load(self._context.backends["access-log"][_form(form)])(path, mapping=mapping, zone=watcher.zone)
        return _watched(watcher, watcher.take(_hidden(events, watcher.people), by=by))

    def cases_list(self, *, state: str = "", by: Actor) -> tuple[Case, ...]:
        """Every alarm, or those in one state, the newest first, by pseudonym. Raises Denied without the role."""
        self._check_watcher(by)
        query = select(ALARMS).order_by(ALARMS.c.raised.desc(), ALARMS.c.score.desc())
        if state:
            query = query.where(ALARMS.c.state == state)
        with self._context.store.read() as connection:
            return tuple(case(row) for row in connection.execute(query))

    def cases_show(self, alarm: str, *, by: Actor) -> Case:
        """One case; with the name, where two people opened it. Raises Denied without the role, or NotFound."""
        self._check_watcher(by)
        return self._case_shown(self._case_row(alarm))

    def cases_open(self, alarm: str, *, by: Actor) -> Case:
        """Open a case, as the first or the second of two; the second opening shows the name.

        Raises Denied without the role, to whom the case is about, and to one who opened it already; Conflict once open.
        """
        self._check_watcher(by)
        row = self._case_row(alarm)
        self._check_not_about(row, by)

        def change(held: dict[str, Any]) -> dict[str, Any]:
            if held["state"] != "raised":
                raise Conflict(f"The case {alarm} is {held['state']} already.", code="cases.state")
            if held["first"] == by.id:
                raise Denied("A case is opened by two people.", code="cases.second", hint="Ask another watcher.")
            return {"first": by.id} if not held["first"] else {"second": by.id, "state": "opened"}

        return self._case_shown(self._case_changed(alarm, change, by=by))

    def cases_close(self, alarm: str, *, outcome: str, note: str, by: Actor) -> Case:
        """Say what a case was: "confirmed", or "dismissed", after which the same is harmless for this person.

        That raises this person's own thresholds for the features that the alarm named, by four spreads at most, and
        begins their test anew; hard rules never change. Raises as `cases_open` does, Conflict before two opened it.
        """
        self._check_watcher(by)
        row = self._case_row(alarm)
        self._check_not_about(row, by)
        if outcome not in ("confirmed", "dismissed"):
            raise Invalid(f"{outcome[:40]!r} is no outcome.", code="cases.outcome", hint="confirmed or dismissed")
        if not note.strip() or len(note) > NOTE_LIMIT:
            raise Invalid(f"A case is closed with a note of at most {NOTE_LIMIT} characters.", code="cases.note")

        def change(held: dict[str, Any]) -> dict[str, Any]:
            if held["state"] != "opened":
                raise Conflict(
                    f"The case {alarm} is {held['state']}.", code="cases.state", hint="Open it by two first."
                )
            return {"state": outcome, "closed": by.id, "note": note.strip()}

        closed = self._case_shown(self._case_changed(alarm, change, by=by))
        if outcome == "dismissed" and closed.tier != "rule":
            watcher = Watcher(self._context, self._settings, source=closed.source)
            watcher.detector.forgive(
                closed.person, {NAMES.index(reason.feature): reason.spreads for reason in closed.reasons}
            )
            watcher.save()
        return closed

    def _case_changed(
        self, alarm: str, change: Callable[[dict[str, Any]], dict[str, Any]], *, by: Actor
    ) -> dict[str, Any]:
        """Change one alarm; what changes its state is told to the ledger in the same transaction."""
        held = dict(self._case_row(alarm)._mapping)
        changes = change(held)
        new = held | changes
        expected = (ALARMS.c.id == alarm, ALARMS.c.state == held["state"], ALARMS.c.first == held["first"])

        def work(connection: Connection) -> None:
            if connection.execute(ALARMS.update().where(*expected).values(**changes)).rowcount != 1:
                raise Conflict(f"Somebody else changed {alarm} meanwhile.", code="cases.state", hint="Look again.")

        if new["state"] != held["state"] and held["source"] == LIVE:
            signer = Recording(self._context).recorder(by)
            said = draft(self._context, new, bound=self._settings.false_alarms, by=signer)
            self._context.ledger.record(said, by=signer, rows=work)
        else:
            self._context.store.write(work)
        return new

    def _case_row(self, alarm: str) -> Row[Any]:
        with self._context.store.read() as connection:
            row = connection.execute(select(ALARMS).where(ALARMS.c.id == alarm)).first()
        if row is None:
            raise NotFound(f"There is no case {alarm[:40]!r}.", code="cases.missing", hint="kept weights cases list")
        return row

    def _case_shown(self, row: Row[Any] | dict[str, Any]) -> Case:
        held = row if isinstance(row, dict) else dict(row._mapping)
        named = held["state"] != "raised"
        return case(held, name=self._behind(held["person"]) if named else "")

    def _behind(self, person: str) -> str:
        """Who stands behind a pseudonym; "" where that was erased."""
        try:
            return People(self._context).name(person)
        except NotFound:
            return ""

    def _check_watcher(self, by: Actor) -> None:
        if not by.roles & set(self._settings.watchers):
            raise Denied(
                f"{by.id} may not watch who reads the weights.",
                code="watch.role",
                hint=f"It takes one of the roles {', '.join(self._settings.watchers)}.",
            )

    def _check_not_about(self, row: Row[Any], by: Actor) -> None:
        if self._behind(row.person) == by.id:
            raise Denied("Nobody judges a case about themselves.", code="cases.own")


def _watched(watcher: Watcher, run: Progress) -> Watched:
    detector = watcher.detector
    ranked: list[Ranked] = []
    if detector.last_day is not None:
        day, scores, parts = detector.last_day
        for row in sorted(range(len(scores)), key=lambda place: -scores[place])[:_RANKED]:
            words = explaining.sentence(explaining.reasons(day, row, parts[row]))
            ranked.append(Ranked(detector.name(int(day.people[row])), round(float(scores[row]), 1), words))
    pairs = [
        (detector.name(each.first), detector.name(each.second), round(each.strength, 1))
        for each in detector.pairs.strange()
    ]
    return Watched(
        source=watcher.source,
        events=run.events,
        people=len(detector.people),
        days=detector.days,
        alarms=tuple(run.cases),
        ranked=tuple(ranked),
        pairs=tuple(pairs),
        recent=tuple(run.recent),
    )


def _form(form: str) -> str:
    if form not in ("cert", "csv", "jsonl"):
        raise Invalid(f"{form[:40]!r} is no format of a log.", code="import.format", hint="cert, csv or jsonl")
    return form


def _hidden(events: Iterable[AccessEvent], people: People) -> Iterator[AccessEvent]:
    """The events by pseudonym, a few thousand at a time."""
    rest = iter(events)
    while batch := list(islice(rest, BATCH)):
        known = people.pseudonyms(name for each in batch for name in (each.actor, each.other))
        for each in batch:
            yield replace(each, actor=known[each.actor], other=known[each.other])
