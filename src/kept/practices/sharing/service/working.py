"""What `kept serve` does by itself, where kept.toml lets it."""

from __future__ import annotations

from kept.core.actor import Actor
from kept.practices.sharing.service.stating import Stating


class Working(Stating):
    """Follows peers, and replays what they shared."""

    async def work(self) -> None:
        """Send what waits, pull from every peer, and replay what came, each only if kept.toml says so.

        It acts as the holder `signer` of kept.toml. A peer that can't be reached stops nothing; raises Unavailable
        where a model can't be.
        """
        by = Actor(self._settings.signer, "organisation", frozenset({"provider"}))
        if self._settings.serve_follows:
            await self.follow(rounds=1, by=by)
        if self._settings.serve_replays:
            await self.replay(by=by)
