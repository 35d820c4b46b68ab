"""The nouns of the room: programmes and what they offer, reports, and what happens to them."""

from dataclasses import dataclass

from kept.core.confinement import WorkerSettings
from kept.practices.disclosure.records.intake import (
    Acknowledged,
    Author,
    Blank,
    Key,
    KeyKind,
    Message,
    Prepared,
    ReceiptEvent,
    Retired,
    Route,
    Sealed,
    Session,
    Submission,
    Thread,
)
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
    "Acknowledged",
    "Attachment",
    "Author",
    "Blank",
    "Contest",
    "Conversation",
    "Draft",
    "Key",
    "KeyKind",
    "Message",
    "Model",
    "Prepared",
    "Prize",
    "Programme",
    "Readers",
    "ReceiptEvent",
    "Report",
    "Retired",
    "Route",
    "Sealed",
    "Session",
    "Settings",
    "Severity",
    "Submission",
    "Template",
    "Terms",
    "Thread",
    "Turn",
]


@dataclass(frozen=True, slots=True)
class Settings(WorkerSettings):
    """What `[practices.disclosure]` in kept.toml may say."""

    public_url: str = ""
    """Where the public reaches `kept serve`, as "https://acme.example"; security.txt needs it."""
    holidays: tuple[str, ...] = ()
    """Days ("2026-12-25") on which the clocks of business days stand still."""
    wait_days: int = 30
    """How long a case may wait for its reporter in all before its clocks go on."""
    quarantine_days: int = 30
    """How long hazardous or illegal material is kept before it is erased."""
    replay_identity: str = ""
    """The file of the replay worker's age identity, where `kept serve` is to start that worker by itself.

    Without it, plans and results are recorded by `kept serve`, and the worker runs elsewhere: kept disclosure worker.
    """
    signer: str = "provider"
    """The holder whose key signs that a report came in, while nobody of the staff acts."""
    report_bytes: int = 33_554_432
    """The largest sealed report."""
    message_bytes: int = 131_072
    """The largest sealed message of a thread."""
    thread_messages: int = 100
    """How many messages a thread has, after which its reporter can't add to it."""
    unreleased_reports: int = 5_000
    """How many reports may wait to be looked at."""
    unreleased_bytes: int = 2_147_483_648
    """How many bytes they may have together."""
    usual_reports: int = 20
    """How many reports in ten minutes are usual; beyond, each costs its sender more work."""
    slow_an_hour: int = 12
    """How many reports without proof of work are taken in an hour."""
    slow_waiting: int = 200
    """How many of them may wait to be looked at."""
