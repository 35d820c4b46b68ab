"""The strategies, one file each; the order is the order of cells in every campaign."""

from collections.abc import Mapping

from kept.practices.red_team.methods.strategies import (
    base64,
    best_of_n,
    crescendo,
    hexadecimal,
    leetspeak,
    many_shot,
    pair,
    plain,
    role_play,
    rot13,
    tap,
    tool_output,
    translation,
)
from kept.practices.red_team.methods.strategy import Staged, Strategy
from kept.practices.red_team.methods.worlds import staged

_MODULES = (
    plain, translation, base64, hexadecimal, rot13, leetspeak, role_play, many_shot,
    best_of_n, tool_output, crescendo, pair, tap,
)  # fmt: skip

STRATEGIES: Mapping[str, Strategy | Staged] = {
    **{module.STRATEGY.name: module.STRATEGY for module in _MODULES},
    **{strategy.name: strategy for strategy in staged.STRATEGIES},
}
