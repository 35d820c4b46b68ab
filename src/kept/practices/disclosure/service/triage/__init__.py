"""The verbs of those who triage: one file for each concern."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kept.practices.disclosure.service.programmes import Programmes
from kept.practices.disclosure.service.triage.handling import Handling
from kept.practices.disclosure.service.triage.judging import Judging
from kept.practices.disclosure.service.triage.summarising import Summarising
from kept.practices.disclosure.service.triage.sweeping import Sweeping
from kept.practices.disclosure.service.triage.vendors import Vendors

if TYPE_CHECKING:
    from kept.practices.disclosure.service.triage.assessing import Assessing


class Triage(Programmes, Handling, Judging, Summarising, Sweeping, Vendors):
    """Answers for reports, assesses them, and sees them through."""

    @property
    def assessor(self) -> Assessing:
        """What `kept assess` runs."""
        from kept.practices.disclosure.service.triage.assessing import Assessing

        return Assessing(self.programme_list, self.summary)
