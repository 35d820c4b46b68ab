"""The worlds as strategies: every world and its benign twin, each in its own domain and in English."""

import json
from functools import partial
from typing import Any

from kept.practices.red_team.methods.play import Play, Scene
from kept.practices.red_team.methods.strategy import Staged
from kept.practices.red_team.methods.worlds import WORLDS
from kept.practices.red_team.methods.worlds.episode import episode
from kept.practices.red_team.methods.worlds.world import World
from kept.practices.red_team.records import Probe

LANGUAGE = "en"


def staged(world: World[Any], *, twin: bool) -> Staged:
    """The strategy that plays episodes in a world, or in its twin."""
    name = f"world-{world.name}{'-twin' if twin else ''}"

    def play(scene: Scene) -> Play:
        """One episode: the prompt's number draws the world, and the trial the answers, by one seed for all turns."""
        state = world.draw(scene.fixed("world"), twin=twin)
        return episode(world, state, partial(scene.ask, turn=0, tools=world.tools))

    return Staged(
        name=name,
        about=f"{world.about}{', where what would be wrong is authorised' if twin else ''}",
        frames={LANGUAGE: _texts(world, twin=twin)},
        play=play,
        probes={world.domain: (_probe(world, name),)},
    )


def _probe(world: World[Any], strategy: str) -> Probe:
    """The world as a probe; its id names the domain too, since a plan's list of probes tells where a world is tried."""
    return Probe(f"{world.domain}-{strategy}", world.domain, world.about, stand_in="made up", card={}, requests={})


def _texts(world: World[Any], *, twin: bool) -> tuple[str, ...]:
    """What the world says at one seed, its tools and its wrongs: a campaign's plan digests them with its corpus."""
    state = world.draw(0, twin=twin)
    tools = [[tool.name, tool.description, tool.parameters] for tool in world.tools]
    return (*world.told(state), json.dumps(tools), json.dumps(list(world.wrongs)), repr(state))


STRATEGIES = tuple(staged(world, twin=twin) for world in WORLDS.values() for twin in (False, True))
