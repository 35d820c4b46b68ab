"""What this room needs from outside."""

from collections.abc import Sequence
from typing import Protocol

from kept.core.replay import Prepared, Replayed, Script, Terms, Told, nobody


class Replayer(Protocol):
    """Says a script to a registered model again and judges what it answers; the red-team room offers it."""

    async def prepare_replay(self, model: str, terms: Terms) -> Prepared:
        """The model's identity and the judge with what is known of its errors; nothing is asked.

        Raises NotFound for a model that kept.toml doesn't name, and Invalid for terms that can't be.
        """
        ...

    async def replay(
        self, model: str, script: Script, terms: Terms, *, numbers: Sequence[int], told: Told = nobody
    ) -> Replayed:
        """Make the attempts `numbers` (0 to 999), one after another; `told` hears of each as soon as it is judged.

        What an attempt says and draws follows from the seed in the terms and its number alone, so that attempts can be
        made in several calls, by several processes. No tools are offered. Raises NotFound and Invalid as
        `prepare_replay` does, and Unavailable where nothing can be asked or a budget is spent: what was told is done.
        """
        ...
