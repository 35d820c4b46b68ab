"""Reports: what a reporter says, as it stands once somebody who may read it has decrypted and released it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kept.practices.disclosure.records.programmes import Severity

Readers = Literal["triagers", "triagers and replay"]
"""Who may decrypt: the triage team alone (replay waits for a release), or also the isolated replay worker, at once."""
Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation, as the reporter saw it."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A transcript of several turns, the first said first; those of the assistant are what the model answered then."""

    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt with slots, written as {{name}}, and the values that each may take: every choice shows the weakness."""

    text: str
    slots: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the report: its name made harmless (no folder, no control), its bytes, and their SHA-256 in hex."""

    name: str
    media_type: str
    sha256: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says: plaintext, personal, and hostile until somebody judged it; it is kept in the store alone.

    `model` is the name in kept.toml that the reporter chose, or "" for none of those in scope. `what` says what goes
    wrong, `steps` how to see it again, `success` what shows that it was seen. A replay takes the `conversations`, else
    the `template`; with neither, a triager must first write one. `severity` is the reporter's claim, `harms` are theirs
    too (short tags). `credit` is the name under which they want to be thanked, or "" for none. `language` is a BCP 47
    tag. `found` is the day on which they found it (YYYY-MM-DD), or "".
    """

    title: str
    what: str
    model: str = ""
    steps: str = ""
    success: str = ""
    severity: Severity | Literal[""] = ""
    harms: tuple[str, ...] = ()
    conversations: tuple[Conversation, ...] = ()
    template: Template | None = None
    attachments: tuple[Attachment, ...] = ()
    language: str = ""
    found: str = ""
    credit: str = ""
    contact: str = ""
    source: str = ""
    """Where it was imported from ("avid AVID-2025-V001"), or "" for what was reported here."""
