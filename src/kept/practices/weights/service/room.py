"""The verbs of the weights room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kept.core.context import Context
from kept.practices.weights.records import Settings
from kept.practices.weights.service.auditing import Auditing
from kept.practices.weights.service.demonstrating import Demonstrating
from kept.practices.weights.service.exercising import Exercising
from kept.practices.weights.service.leasing import Leasing
from kept.practices.weights.service.releasing import Releasing
from kept.practices.weights.service.tracing import Tracing
from kept.practices.weights.service.viewing import Viewing
from kept.practices.weights.service.watching import Watching

if TYPE_CHECKING:
    from kept.practices.weights.service.assessing import Assessing


class Service(Auditing, Demonstrating, Exercising, Leasing, Releasing, Tracing, Viewing, Watching):
    """Seals weights, leases them, meters what is read, and watches who reads."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings: Settings = context.settings or Settings()

    @property
    def assessor(self) -> Assessing:
        """What `kept assess` runs."""
        from kept.practices.weights.service.assessing import Assessing

        return Assessing(self._context, self._settings, self.exercise)
