"""Hard rules: one event is enough, whoever did it and however often before."""

from kept.practices.weights.records.insiders import AccessEvent

GLASS = "lease.break-glass"
_WITHOUT = frozenset({"lease.none", "lease.other"})
_WORDS = {
    "decoy": "Tried to open a decoy, which nobody has a reason to open.",
    "over budget": "Asked for more bytes than the budgets allow.",
    "no lease": "Went for weights without a lease of their own.",
    "broken glass": "Took a lease alone, with the safe's key, and without the custodians.",
}

RULES = tuple(_WORDS)
"""The rules, by name."""


def broken(event: AccessEvent, *, leases: bool) -> str:
    """Which rule an event breaks: "decoy", "broken glass", "over budget", "no lease", or none, "".

    `leases` says that the log knows leases: then whatever was read without one was read around them.
    """
    if event.decoy:
        return "decoy"
    if event.code == GLASS:
        return "broken glass"
    if event.outcome in ("approval", "request"):
        return ""
    if event.outcome == "refused":
        return "over budget" if event.code.startswith("budget.") else "no lease" if event.code in _WITHOUT else ""
    return "no lease" if leases and not event.lease else ""


def words(rule: str) -> str:
    """What a manager reads about a broken rule."""
    return _WORDS[rule]
