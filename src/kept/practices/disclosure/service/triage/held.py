"""What of a report can be taken out of its place and put back: the report itself, or one message of its thread."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import Connection, select

from kept.core import canonical
from kept.errors import Conflict, Invalid, NotFound
from kept.practices.disclosure.service.tables.intake import MESSAGES, RELEASED, SEALED
from kept.practices.disclosure.service.tables.replays import SIGNATURES

REPORT = "report"
_MESSAGE = re.compile(r"message ([1-9][0-9]{0,17})")
_LIMIT = 64 * 1024


class Held:
    """The places of what reporters sent, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, case: str, what: str) -> dict[str, bytes]:
        """Take it out of its place, by part. Raises NotFound where nothing lies there, or Invalid for another place."""
        if what == REPORT:
            return self._take_report(case)
        found = _MESSAGE.fullmatch(what)
        if found is None:
            raise Invalid(
                f"{what[:40]!r} is no part of a case.", code="quarantine.what", hint='Say "report" or "message 7".'
            )
        return self._take_message(case, int(found[1]))

    def put(self, case: str, what: str, parts: Mapping[str, bytes]) -> None:
        """Put it back. Raises Conflict where something lies there meanwhile."""
        if what != REPORT:
            number = int(what.removeprefix("message "))
            place = (MESSAGES.c.report == case, MESSAGES.c.number == number, MESSAGES.c.content == b"")
            changed = self._connection.execute(MESSAGES.update().where(*place).values(content=parts["message"]))
            if changed.rowcount != 1:
                raise Conflict(f"The {what} of {case} is there.", code="quarantine.there")
            return
        if self._connection.execute(select(SEALED.c.report).where(SEALED.c.report == case)).first():
            raise Conflict(f"The report {case} is there.", code="quarantine.there")
        if "sealed" in parts:
            self._connection.execute(SEALED.insert().values(report=case, content=parts["sealed"]))
        if "released" in parts:
            about = canonical.decode(parts["about"], limit=_LIMIT, what="What is kept of a release")
            row = {"report": case, "at": about["at"], "by": about["by"], "content": parts["released"]}
            self._connection.execute(RELEASED.insert().values(**row))

    def forget(self, case: str, what: str) -> None:
        """Delete what was made of it: by the sketch of an erased report, nobody looks for its like any more."""
        if what == REPORT:
            self._connection.execute(SIGNATURES.delete().where(SIGNATURES.c.report == case))

    def _take_report(self, case: str) -> dict[str, bytes]:
        parts: dict[str, bytes] = {}
        sealed = self._connection.execute(select(SEALED.c.content).where(SEALED.c.report == case)).scalar()
        if sealed is not None:
            parts["sealed"] = bytes(sealed)
        released = self._connection.execute(select(RELEASED).where(RELEASED.c.report == case)).one_or_none()
        if released is not None:
            parts["released"] = bytes(released.content)
            parts["about"] = canonical.encode({"at": released.at, "by": released.by})
        if not parts:
            raise NotFound(f"Nothing of the report {case} lies in its place.", code="quarantine.nothing")
        for table in (SEALED, RELEASED):
            self._connection.execute(table.delete().where(table.c.report == case))
        return parts

    def _take_message(self, case: str, number: int) -> dict[str, bytes]:
        place = (MESSAGES.c.report == case, MESSAGES.c.number == number)
        content = self._connection.execute(select(MESSAGES.c.content).where(*place)).scalar()
        if not content:
            raise NotFound(f"{case} has no message {number} in its place.", code="quarantine.nothing")
        self._connection.execute(MESSAGES.update().where(*place).values(content=b""))
        return {"message": bytes(content)}
