"""Contests and the power of replays, for people and for programs: what anybody may know before they take part."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from kept.interface.portal import page

if TYPE_CHECKING:
    from kept.practices.disclosure.records.contests import Leaderboard
    from kept.practices.disclosure.service import Service

HERE = "kept.practices.disclosure.web.contests"
_NAME = r"^[a-z0-9][a-z0-9-]{0,63}$"
Programme = Annotated[str, Path(pattern=_NAME, description="The programme's name.")]
Contest = Annotated[str, Path(pattern=_NAME, description="The contest's id.")]
_TOLD: dict[int | str, dict[str, Any]] = {
    400: {"description": "The request is malformed"},
    404: {"description": "There is no such programme or contest"},
    429: {"description": "Too many requests by this caller; Retry-After says when to come back"},
    503: {"description": "The store is out of reach"},
}


class Standing(BaseModel):
    """An entrant: `name` is a pseudonym that they agreed to, or empty; `entries` are the replays that it rests on."""

    place: int
    name: str
    score: int = Field(description="Points by severity times lower bounds in millionths.")
    weaknesses: int
    since: str = Field(description="When the score was reached (UTC).")
    prize: int = Field(description="Minor units of the currency.")
    entries: list[int] = Field(description="Ledger entries.")


class PublicContest(BaseModel):
    """How a contest stands, by what was replayed."""

    contest: str
    title: str
    opens: str
    closes: str
    currency: str
    over: bool
    waiting: int = Field(description="Reports that came in time and may still change the places.")
    places: list[Standing]


class PublicPower(BaseModel):
    """How probably a weakness that truly comes back at `rate` passes the gate at its first try."""

    rate: float
    passes: float


class PublicGate(BaseModel):
    """What a weakness of a severity must show: `needed` successes of `attempts`, on one of the versions."""

    severity: str
    attempts: int
    threshold: float
    false_payment: float = Field(description="The probability of a false payment is below this, all tries together.")
    needed: int
    power: list[PublicPower]


class PublicGates(BaseModel):
    """The gates of a programme, by severity."""

    programme: str
    version: int
    gates: list[PublicGate]


def add_contests(routes: APIRouter, service: Callable[[], Service]) -> None:
    """GET `/contests…` and `/programmes/{name}/power`."""

    @routes.get("/contests", include_in_schema=False)
    def contests(request: Request) -> HTMLResponse:
        return page(request, HERE, "contests.html.j2", public=True, contests=service().contest_list())

    @routes.get("/contests/{programme}/{contest}", include_in_schema=False)
    def contest(request: Request, programme: Programme, contest: Contest) -> HTMLResponse:
        found = service().contest_show(f"{programme}/{contest}")
        return page(request, HERE, "contest.html.j2", public=True, found=found)

    @routes.get("/contests/{programme}/{contest}/standing", responses=_TOLD)
    def standing(programme: Programme, contest: Contest) -> PublicContest:
        """How a contest stands."""
        return told(service().contest_show(f"{programme}/{contest}"))

    @routes.get("/programmes/{name}/power", responses=_TOLD)
    def power(name: Programme) -> PublicGates:
        """What a weakness must show to be paid, and how probably one that works passes."""
        found = service().programme_power(name)
        gates = [
            PublicGate(
                severity=severity,
                attempts=offer.attempts,
                threshold=offer.threshold / 1e6,
                false_payment=offer.level / 1e6,
                needed=needed,
                power=[PublicPower(rate=each.rate, passes=each.passes) for each in powers],
            )
            for severity, offer, needed, powers in found.gates
        ]
        return PublicGates(programme=found.programme, version=found.version, gates=gates)


def told(found: Leaderboard) -> PublicContest:
    """The contest for the public: without the reports."""
    places = [
        Standing(
            place=each.place,
            name=each.name,
            score=each.score,
            weaknesses=each.weaknesses,
            since=each.since,
            prize=each.prize,
            entries=list(each.entries),
        )
        for each in found.places
    ]
    return PublicContest(
        contest=found.contest,
        title=found.title,
        opens=found.opens,
        closes=found.closes,
        currency=found.currency,
        over=found.over,
        waiting=found.waiting,
        places=places,
    )
