"""The strategies, one file each; the order is the order of cells in every campaign."""

from collections.abc import Mapping

from kept.practices.red_team.methods.strategies import (
    base64,
    crescendo,
    hexadecimal,
    leetspeak,
    many_shot,
    plain,
    role_play,
    rot13,
    translation,
)
from kept.practices.red_team.methods.strategy import Staged, Strategy
from kept.practices.red_team.methods.worlds import staged

STRATEGIES: Mapping[str, Strategy | Staged] = {
    module.STRATEGY.name: module.STRATEGY
    for module in (plain, translation, base64, hexadecimal, rot13, leetspeak, role_play, many_shot, crescendo)
} | {strategy.name: strategy for strategy in staged.STRATEGIES}
