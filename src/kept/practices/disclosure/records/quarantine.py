"""What lies in quarantine, and who opens it; what it is is never shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Opening:
    """One person's asking to open an item, and who agreed, "" before; `until` is when it is over (UTC)."""

    id: str
    item: str
    asked_by: str
    asked: str
    agreed_by: str
    until: str


@dataclass(frozen=True, slots=True)
class Item:
    """A report or a message in quarantine: `until` is when it is erased, `ended` when it was or was given back."""

    id: str
    case: str
    what: str
    moved: str
    until: str
    ended: str
    openings: tuple[Opening, ...]
