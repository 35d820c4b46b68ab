"""The worlds, one file each: tried as the strategy `world-<name>`, and their benign twins as `world-<name>-twin`."""

from collections.abc import Mapping
from typing import Any

from kept.practices.red_team.methods.worlds import cloud, host, mailbox, plant
from kept.practices.red_team.methods.worlds.world import World

WORLDS: Mapping[str, World[Any]] = {module.WORLD.name: module.WORLD for module in (cloud, plant, mailbox, host)}
