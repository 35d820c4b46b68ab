"""The room's part of `kept assess`: what became of the reports of strangers, as C4 asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kept.core.actor import Actor
from kept.core.assessment import Assessed, Progress, silent
from kept.core.model import Model
from kept.errors import Invalid
from kept.practices.disclosure.records import Programme
from kept.practices.disclosure.records.triage import Summarised

ROOM = "disclosure"


class Assessing:
    """Sums up how reports were handled; an assessor as `kept.core.assessment` describes it."""

    def __init__(self, programmes: Callable[[], tuple[Programme, ...]], summary: Callable[..., Summarised]) -> None:
        self._programmes = programmes
        self._summary = summary

    def check(self, section: Mapping[str, Any]) -> None:
        """Raises Invalid for a plan's section: there is nothing to ask for."""
        if section:
            raise Invalid(
                f"The disclosure section of the plan has no {sorted(section)[0]!r}.",
                code="plan.disclosure",
                hint="It takes nothing.",
            )

    async def assess(
        self,
        model: Model,
        section: Mapping[str, Any],
        *,
        by: Actor,
        progress: Progress = silent,
        truth: Mapping[str, Any] | None = None,
        address: str = "",
    ) -> Assessed:
        """Record a summary of reports. Where no programme takes any, nothing is recorded: nobody was invited."""
        self.check(section)
        programmes = self._programmes()
        if not programmes:
            told = "no programme takes reports: kept disclosure programme new"
            return Assessed(ROOM, (), {"told": [told]})
        progress(0, 1, "reports")
        made = self._summary(by=by)
        said = made.summary
        covered = any(each.covers(address) or model.identity.id in {m.id for m in each.scope} for each in programmes)
        lines = [
            f"{said['received']} reports in a year, {said['open']} open, {said['overdue']} overdue; "
            f"{said['reproduced']} of {said['decided']} reproduced",
            "this model is in the scope of a programme" if covered else "no programme has this model in its scope",
        ]
        progress(1, 1, "reports")
        return Assessed(ROOM, (made.recorded,), {"told": lines})
