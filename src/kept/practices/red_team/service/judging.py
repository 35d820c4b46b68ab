"""The verbs about judges: which there are, how often they err, how far they agree with people and one another."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kept.core.actor import Actor
from kept.core.assessment import Progress, silent
from kept.core.context import Context
from kept.errors import Invalid
from kept.practices.red_team.methods.plans import read_parties
from kept.practices.red_team.records import CalibrationScope, Cell
from kept.practices.red_team.service import calibrations, parties, sampling
from kept.practices.red_team.service.archive import Archive
from kept.practices.red_team.service.calibrating import Target

MOST = 100_000
_CAMPAIGN = re.compile(r"c-[0-9a-f]{16}")


class Judging:
    """What the room's service does about judges."""

    _context: Context
    _archive: Archive

    @staticmethod
    def judges() -> tuple[dict[str, Any], ...]:
        """Every judge that a plan may name, what it does, and whether it asks a model."""
        return calibrations.listed()

    def sample(self, campaign: str, out: Path, *, cell: Cell, count: int, seed: int = 0) -> dict[str, Any]:
        """Draw answered attempts of a cell by `seed`, and write them into a new file for people to label.

        Raises NotFound (the campaign, its cell, or any answer in it), Invalid, Conflict (the file) or Unavailable.
        """
        if not 0 < count <= MOST:
            raise Invalid(f"A sample has 1 to {MOST} items, not {count}.", code="labels.count")
        items = sampling.sample(self._context.store, self._archive.campaign(campaign), cell, count=count, seed=seed)
        digest = calibrations.files().write(out, items)
        return {"file": str(out), "sha256": digest, "items": len(items), "cell": list(cell), "campaign": campaign}

    async def calibrate(
        self,
        target: str,
        labels: Path,
        *,
        by: Actor,
        section: Mapping[str, Any],
        scope: CalibrationScope,
        sha256: str = "",
        progress: Progress = silent,
    ) -> dict[str, Any]:
        """Hold a judge against people's labels of what a model answered, and record how often it errs.

        `target` is a campaign on the model, or its address; `section` names the judge as a plan does; `sha256` is the
        digest that the label set is said to have. Raises Invalid, NotFound, Unverified (another digest), and what
        the judge's model raises.
        """
        calibrations.check(section, scope)
        found = calibrations.files().read(labels, sha256=sha256)
        model = await self._labelled_model(target)
        named = read_parties({**section, "strategies": ()})
        context = self._context
        async with parties.opened(named, open_model=context.open_model, concurrency=64) as cast:
            return await calibrations.calibrate(context, found, model, section, scope, cast, by=by, progress=progress)

    def agreement(self, labels: str) -> dict[str, Any]:
        """How far people, and the judges that were calibrated on a label set, agree. Raises Invalid or NotFound."""
        return calibrations.agreement(self._context.store, labels)

    async def _labelled_model(self, target: str) -> Target:
        """The model that a campaign tested, or that can be opened at an address."""
        if _CAMPAIGN.fullmatch(target):
            found = self._archive.campaign(target)
            return Target(found.model, str(found.plan.model["name"]))
        model = self._context.open_model(target)
        try:
            return Target(model.identity.id, model.identity.name)
        finally:
            await model.close()
