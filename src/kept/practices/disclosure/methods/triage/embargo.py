"""Embargo: until when a case is not spoken of, who knows, and what ends it early."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from kept.errors import Invalid

LONGEST_DAYS = 365
Standing = Literal["none", "holds", "ended", "lifted", "broken"]


@dataclass(frozen=True, slots=True)
class Change:
    """An event about the embargo: "embargoed" until a time, "embargo lifted" or "embargo broken"."""

    kind: str
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Embargo:
    """How the embargo stands at a moment: until when, when it was set, and when it was lifted or broken, if it was."""

    standing: Standing
    until: datetime | None = None
    since: datetime | None = None
    over: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing may be published yet."""
        return self.standing == "holds"


def embargo(changes: Sequence[Change], *, now: datetime) -> Embargo:
    """How the embargo stands at `now`, from its changes in order; what was lifted or broken may be set anew."""
    found = Embargo("none")
    for change in changes:
        if change.kind == "embargoed" and change.until is not None:
            since = found.since if found.since is not None and found.over is None else change.at
            found = Embargo("holds", change.until, since)
        elif change.kind in ("embargo lifted", "embargo broken") and found.standing == "holds":
            word: Standing = "lifted" if change.kind == "embargo lifted" else "broken"
            found = Embargo(word, found.until, found.since, change.at)
    if found.standing == "holds" and found.until is not None and now >= found.until:
        return Embargo("ended", found.until, found.since, found.until)
    return found


def check_until(until: datetime, *, received: datetime, now: datetime) -> None:
    """Raises Invalid for an embargo that is over already, or longer than a year after the report."""
    if until <= now:
        raise Invalid("An embargo ends in the future.", code="embargo.past", hint="Lift it instead.")
    if until > received + timedelta(days=LONGEST_DAYS):
        raise Invalid(
            f"An embargo ends at most {LONGEST_DAYS} days after the report.",
            code="embargo.long",
            hint="Nobody is kept silent for longer.",
        )


def knowing(events: Iterable[tuple[str, str, Mapping[str, Any]]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who knows of a case besides its reporter: who did something in it, and which vendors were told, by their ids.

    `events` are the kind, the actor and the details of each. What somebody was told they go on knowing: a vendor who
    was revoked is still among them.
    """
    team: dict[str, None] = {}
    vendors: dict[str, None] = {}
    for kind, by, details in events:
        if kind in ("vendor said", "embargo accepted"):
            vendors[by] = None
            continue
        if kind == "shared":
            vendors |= dict.fromkeys(str(each) for each in details.get("vendors", ()))
        if by != "reporter":
            team[by] = None
    return tuple(team), tuple(vendors)
