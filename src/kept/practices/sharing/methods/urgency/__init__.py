"""Clocks, the roster and escalation of urgent matters, all computed from moments that are given."""

from kept.practices.sharing.methods.urgency.clocks import LIMITS, due, step
from kept.practices.sharing.methods.urgency.escalating import alert
from kept.practices.sharing.methods.urgency.roster import check_roster, gaps, on_call

__all__ = ["LIMITS", "alert", "check_roster", "due", "gaps", "on_call", "step"]
