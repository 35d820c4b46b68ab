"""The verbs of those who triage: one file for each concern."""

from kept.practices.disclosure.service.triage.handling import Handling
from kept.practices.disclosure.service.triage.judging import Judging
from kept.practices.disclosure.service.triage.vendors import Vendors


class Triage(Handling, Judging, Vendors):
    """Answers for reports, assesses them, and sees them through."""
