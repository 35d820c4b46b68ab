"""The states of a case and the moves between them, as data; a case's state is what its events make of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from kept.errors import Conflict

State = Literal[
    "received", "acknowledged", "assessing", "reproduced", "not reproduced", "out of scope", "duplicate",
    "fixing", "fixed", "published", "closed",
]  # fmt: skip
STATES: tuple[State, ...] = (
    "received", "acknowledged", "assessing", "reproduced", "not reproduced", "out of scope", "duplicate",
    "fixing", "fixed", "published", "closed",
)  # fmt: skip
ENDED: frozenset[State] = frozenset({"not reproduced", "out of scope", "duplicate", "closed"})
"""Nothing more is owed in these, unless the case is reopened; what was published is owed its fix all the same."""

_UNDECIDED: tuple[State, ...] = ("received", "acknowledged", "assessing")

DECISIONS = ("reproduced", "not reproduced", "out of scope", "duplicate")


@dataclass(frozen=True, slots=True)
class Move:
    """An event that changes the state: from which states it is allowed, where it leads, and what it says to people."""

    sources: tuple[State, ...]
    target: State
    words: str


MOVES: Mapping[str, Move] = {
    "acknowledged": Move(("received",), "acknowledged", "Somebody has read the report and answers for it."),
    "assessing": Move(("received", "acknowledged"), "assessing", "The report is being looked into."),
    "reproduced": Move((*_UNDECIDED, "not reproduced"), "reproduced", "The weakness was seen again."),
    "not reproduced": Move((*_UNDECIDED, "reproduced"), "not reproduced", "The weakness could not be seen again."),
    "out of scope": Move((*_UNDECIDED, "reproduced", "not reproduced"), "out of scope", "The programme is not for it."),
    "duplicate": Move(
        (*_UNDECIDED, "reproduced", "not reproduced", "fixing"), "duplicate", "It was reported before, by another."
    ),
    "fixing": Move(("reproduced",), "fixing", "A mitigation is being made."),
    "fixed": Move(
        ("reproduced", "fixing", "published"), "fixed", "A version that is out no longer shows the weakness."
    ),
    "regressed": Move(("fixed", "published"), "fixing", "A later version shows the weakness again."),
    "published": Move(("reproduced", "fixing", "fixed"), "published", "An advisory is out."),
    "closed": Move(
        (*_UNDECIDED, "reproduced", "not reproduced", "fixing", "fixed", "out of scope", "duplicate", "published"),
        "closed",
        "Nothing more will be done.",
    ),
    "reopened": Move(
        ("not reproduced", "out of scope", "duplicate", "closed"), "assessing", "It is looked into once more."
    ),
}


def allowed(state: State) -> tuple[str, ...]:
    """The moves that a case in this state may make, in the order of the table."""
    return tuple(name for name, move in MOVES.items() if state in move.sources)


def moved(state: State, event: str) -> State:
    """The state after an event; one that is no move leaves it as it was. Raises Conflict for a move not allowed."""
    move = MOVES.get(event)
    if move is None:
        return state
    if state not in move.sources:
        possible = ", ".join(allowed(state)) or "nothing"
        raise Conflict(
            f"A case that is {state} can't become {move.target} by {event!r}.",
            code="triage.state",
            hint=f"From here: {possible}.",
        )
    return move.target


def decision_of(events: Iterable[str]) -> str:
    """What a case's events decided last of it: one of `DECISIONS`, or "".

    Closing it changes nothing of that; reopening it takes it back.
    """
    found = ""
    for event in events:
        if event in DECISIONS:
            found = event
        elif event == "reopened":
            found = ""
    return found


def is_fixed(events: Iterable[str]) -> bool:
    """Whether a case's events say that it was fixed, and didn't come back since."""
    return next((each for each in reversed(list(events)) if each in ("fixed", "regressed")), "") == "fixed"


def state_of(events: Iterable[str]) -> State:
    """The state that a case's events lead to, in their order, from "received". Raises Conflict as `moved` does."""
    state: State = "received"
    for event in events:
        state = moved(state, event)
    return state
