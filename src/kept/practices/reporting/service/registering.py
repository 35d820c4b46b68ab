"""The release register's verbs: a model was let out, or taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kept.core.actor import Actor
from kept.errors import Conflict, NotFound
from kept.practices.reporting.methods.governance.reading import readable
from kept.practices.reporting.records import Registered
from kept.practices.reporting.service.room import Room
from kept.predicates import scope_decision
from kept.predicates.release import Release


class Registering(Room):
    """Keeps the release register."""

    def release(self, model: str, event: Mapping[str, Any], *, by: Actor) -> Registered:
        """Record that a model was let out; `event` holds version, date, major, availability and, optionally, replaces.

        `replaces` is a model by name, address or identity. The scope decisions recorded about the model are named.
        Raises NotFound for a model of which nothing was recorded, unless its identity is given, and Invalid.
        """
        found = self._model(model)
        replaces = event.get("replaces")
        decided = [
            each.index for each in self._known() if each.predicate == scope_decision.TYPE and each.model == found["id"]
        ]
        made = Release.of(
            **{
                "name": found["name"],
                **event,
                "event": "released",
                "model": found["id"],
                "replaces": self._model(replaces)["id"] if replaces else None,
                "scope": tuple(decided[-64:]),
                "issued": self._now(),
                "by": by.id,
            }
        )
        return self._registered(made, by=by)

    def withdraw(self, model: str, reason: str, *, date: str = "", by: Actor) -> Registered:
        """Record that a model was taken back on a day (today unless given), and why.

        Raises NotFound for one that was never let out, Conflict for one that was taken back already, and Invalid.
        """
        found = self._model(model)
        events = [said for _, said in readable(self._known(), Release) if said.model == found["id"]]
        if not events:
            raise NotFound(
                f"{found['name']} is not in the release register.",
                code="release.unknown",
                hint="Register it: kept reporting release",
            )
        if events[-1].event == "withdrawn":
            raise Conflict(f"{found['name']} was withdrawn on {events[-1].date}.", code="release.withdrawn")
        issued = self._now()
        made = Release.of(
            event="withdrawn",
            model=found["id"],
            name=events[-1].name,
            version=events[-1].version,
            date=date or issued[:10],
            major=events[-1].major,
            availability="none",
            reason=reason.strip(),
            issued=issued,
            by=by.id,
        )
        return self._registered(made, by=by)

    def _registered(self, made: Release, *, by: Actor) -> Registered:
        index = self._record(made.to_statement(), model=made.model, by=by)
        return Registered(index, made.event, made.model, made.name, made.version)
