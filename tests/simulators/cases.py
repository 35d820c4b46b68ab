"""Cases of the disclosure room that came in at known moments, and a clock that a test turns."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from kept.core.actor import Actor
from kept.practices.disclosure.service.triage.casebook import Casebook
from simulators.disclosure_room import Room

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
ADA = Actor("ada", "person", frozenset({"triage"}))
BEN = Actor("ben", "person", frozenset({"triage"}))
VISITOR = Actor("vic", "person", frozenset({"share"}))


@dataclass
class Turning:
    """A clock that stands still until it is turned."""

    now: datetime = MONDAY
    turned: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, days: float) -> None:
        self.turned.append(days)
        self.now += timedelta(days=days)


def begun(room: Room, number: int = 1, *, programme: str = "", version: int = 0) -> str:
    """The id of a case that a reporter has begun now."""
    case = f"r-{number:016x}"
    at = room.context.clock()
    room.store.write(
        lambda connection: Casebook(room.context).begin(
            connection, case, at=at, programme=programme, version=version, by="reporter"
        )
    )
    return case


def fixing(room: Room, case: str) -> None:
    """Bring a new case to where it is being fixed."""
    room.service.triage_acknowledge(case, by=ADA)
    room.service.triage_assess(case, severity="high", reason="It is.", by=ADA)
    room.service.triage_move(case, "reproduced", reason="Seen.", by=ADA)
    room.service.triage_move(case, "fixing", reason="Begun.", by=ADA)
