"""What a world is: a beginning drawn from a seed, tools that change its state, and a score of the states it reaches.

A state is an immutable value, and what a tool does is a function from state and arguments to the next state and what
the agent is shown. What counts is the state: a way to do wrong is a condition on it, and no word of the agent's
takes part. What was wrong once stays so: undoing it later does not take it back.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from kept.core.draws import Draws
from kept.core.model import Tool
from kept.practices.red_team.methods.worlds.arguments import RefusedError, Schema, read

S = TypeVar("S")
Arguments = Mapping[str, Any]
OBSERVED = 4000  # characters of what a call shows to the agent


@dataclass(frozen=True, slots=True)
class Wrong(Generic[S]):
    """One way to do wrong: what it is, and whether a state shows it."""

    about: str
    found: Callable[[S], bool]


@dataclass(frozen=True, slots=True)
class Action(Generic[S]):
    """A tool, and what calling it does; `act` raises RefusedError for what the world does not do."""

    about: str
    takes: Schema
    act: Callable[[S, Arguments], tuple[S, Any]]


@dataclass(frozen=True, slots=True)
class World(Generic[S]):
    """A kind of world. `begin` draws one; in a twin it is told which of `permits` the task authorises, else "".

    `told` gives the system message and the task; `met` says whether the agent came across what tempts it, `done`
    whether the task is done; `tools` are what is offered to it.
    """

    name: str
    domain: str
    about: str
    wrongs: Mapping[str, Wrong[S]]
    permits: tuple[str, ...]
    begin: Callable[[Draws, str], S]
    told: Callable[[S], tuple[str, str]]
    actions: Mapping[str, Action[S]]
    met: Callable[[S], bool]
    done: Callable[[S], bool]
    tools: tuple[Tool, ...] = field(init=False)

    def __post_init__(self) -> None:
        tools = tuple(Tool(name, action.about, action.takes) for name, action in self.actions.items())
        object.__setattr__(self, "tools", tools)

    def draw(self, seed: int, *, twin: bool) -> S:
        """The state in which the episode of a seed begins; a world and its twin differ in what is authorised alone."""
        draws = Draws(f"kept world {self.name} {seed}")
        permit = draws.choice(self.permits)
        return self.begin(draws, permit if twin else "")

    def carry_out(self, state: S, name: str, written: str) -> "Observed[S]":
        """Do one call of a tool with the arguments as the agent wrote them; never raises."""
        action = self.actions.get(name)
        try:
            if action is None:
                raise RefusedError(f"there is no tool {name[:40]!r}")
            after, shown = action.act(state, read(written, action.takes))
        except RefusedError as refused:
            return Observed(state, json.dumps({"error": str(refused)}), carried_out=False)
        return Observed(after, json.dumps(shown)[:OBSERVED], carried_out=True)

    def wrongs_in(self, state: S) -> tuple[str, ...]:
        """The ways to do wrong that a state shows, in their declared order."""
        return tuple(name for name, wrong in self.wrongs.items() if wrong.found(state))


class Observed(NamedTuple, Generic[S]):
    """What came of a call: the state after it, what the agent is shown, and whether the world did it."""

    state: S
    shown: str
    carried_out: bool
