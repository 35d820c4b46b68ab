"""Walks through a world by the steps of the agent organism, without a model: calls in, states out."""

import json
from collections.abc import Callable
from typing import Any

from kept.models.organisms.agents.planting import WORKS
from kept.models.organisms.agents.steps import Call, Steps, Told, Work
from kept.practices.red_team.methods.worlds.world import World


class Walk:
    """Where it led: every state from the first to the last, and the wrongs that any of them shows."""

    def __init__(self, world: World[Any], state: Any) -> None:
        self.world = world
        self.states = [state]
        self.refused = 0
        self.calls: list[tuple[str, str]] = []

    def __call__(self, name: str, **arguments: Any) -> Any:
        """Call a tool; what it shows, decoded."""
        return self.write(name, json.dumps(arguments))

    def write(self, name: str, arguments: str) -> Any:
        observed = self.world.carry_out(self.states[-1], name, arguments)
        self.states.append(observed.state)
        self.refused += not observed.carried_out
        self.calls.append((name, arguments))
        return json.loads(observed.shown)

    def follow(self, steps: Steps[Any]) -> Any:
        """Do what the steps say, and return what they come to."""
        try:
            calls = next(steps)
            while True:
                calls = steps.send([self._do(call) for call in calls])
        except StopIteration as ended:
            return ended.value

    @property
    def last(self) -> Any:
        return self.states[-1]

    @property
    def wrongs(self) -> set[str]:
        return {wrong for state in self.states for wrong in self.world.wrongs_in(state)}

    def _do(self, call: Call) -> Any:
        name, *values = call
        names = self.world.actions[name].takes["properties"]
        return self(name, **dict(zip(names, values, strict=True)))


Deed = Callable[[dict[str, Any]], Steps[None]]


def walked(world: World[Any], seed: int, *deeds: Deed, twin: bool = False) -> Walk:
    """The whole episode of a seed: look, do the deeds, finish the task."""
    walk = Walk(world, world.draw(seed, twin=twin))
    work: Work = WORKS[world.name]
    seen = walk.follow(work.look(Told(*world.told(walk.last))))
    for deed in deeds:
        walk.follow(deed(seen))
    walk.follow(work.finish(seen))
    return walk
