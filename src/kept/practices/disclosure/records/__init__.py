"""The nouns of the room: programmes and what they offer, reports, and what happens to them."""

from dataclasses import dataclass

from kept.practices.disclosure.records.programmes import (
    SEVERITIES,
    Contest,
    Draft,
    Model,
    Prize,
    Programme,
    Severity,
    Terms,
)
from kept.practices.disclosure.records.reports import (
    Attachment,
    Conversation,
    Readers,
    Report,
    Template,
    Turn,
)

__all__ = [
    "SEVERITIES",
    "Attachment",
    "Contest",
    "Conversation",
    "Draft",
    "Model",
    "Prize",
    "Programme",
    "Readers",
    "Report",
    "Settings",
    "Severity",
    "Template",
    "Terms",
    "Turn",
]


@dataclass(frozen=True, slots=True)
class Settings:
    """What `[practices.disclosure]` in kept.toml may say."""

    public_url: str = ""
    """Where the public reaches `kept serve`, as "https://acme.example"; security.txt needs it."""
    holidays: tuple[str, ...] = ()
    """Days ("2026-12-25") on which the clocks of business days stand still."""
    wait_days: int = 30
    """How long a case may wait for its reporter in all before its clocks go on."""
