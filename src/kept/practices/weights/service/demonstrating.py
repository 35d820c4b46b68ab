"""The verb `demonstrate`: seals weights, lets thieves try, and says how each was answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kept.core.actor import Actor
from kept.core.reference import load
from kept.errors import Unavailable
from kept.practices.weights.service.drilling import Drilling
from kept.practices.weights.service.posture import Standing
from kept.practices.weights.service.sealing import Sealing

SHOWN = ("bit-changed", "third-copy", "own-approval", "lease-taken-back")
THROUGH = ("decoy-opened", "copy-leaked")
"""Attacks that go through the broker, which must serve."""
SEALED, DECOY, DECOY_BYTES = "model.sealed", "frontier.sealed", 1_000_000


class Demonstrating(Drilling, Sealing, Standing):
    """Shows what the room does, with weights that need no guarding."""

    async def demonstrate(self, out: Path, *, weights: Path, by: Actor) -> tuple[dict[str, Any], ...]:
        """Seal weights into a new folder, rehearse a few attacks, and record where that leaves one.

        1. The weights are sealed for the custodians of now, and a decoy is planted beside them.
        2. Each attack is rehearsed and recorded, those through the broker where one serves; then the posture is.

        Raises as `seal`, `drill` and `posture` do.
        """
        # 1.
        load(self._context.backends["range"]["new"])(out)
        made = self.seal(str(weights), str(out / SEALED), by=by)
        rows = [{"what": f"{weights.name} sealed", "answer": f"{made.sealed_bytes:,} bytes, entry {made.recorded}"}]
        self.decoys_plant(out / DECOY, by=by, size=DECOY_BYTES)
        # 2.
        for name in (*SHOWN, *THROUGH):
            try:
                done = await self.drill(name, by=by)
            except Unavailable as error:
                rows.append({"what": f"attack: {name}", "answer": f"not shown: {error.message}"})
                continue
            rows.append({"what": f"attack: {name}", "answer": f"{done.state}: {done.answer.answer} {done.answer.code}"})
        found = self.posture(record=True, by=by)
        met = sum(each.reading == "met" for each in found.found)
        rows.append({"what": "security levels", "answer": f"{met} of {len(found.found)} measures met by evidence"})
        return tuple(rows)
