"""What a room's service is built from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kept.core.model import Model

if TYPE_CHECKING:
    from kept.core.ledger import Ledger
    from kept.core.store import Store
    from kept.core.workspace import Workspace

Clock = Callable[[], datetime]
Entropy = Callable[[int], bytes]
OpenModel = Callable[[str], Awaitable[Model]]


@dataclass(frozen=True, slots=True)
class Context:
    """Store, ledger, clock, randomness, the room's own settings, and the way to reach a model by its URI or name."""

    workspace: Workspace
    store: Store
    ledger: Ledger
    clock: Clock
    entropy: Entropy
    settings: Any
    open_model: OpenModel
    ports: Mapping[str, Any]
    backends: Mapping[str, Mapping[str, str]]


def format_time(moment: datetime) -> str:
    """The moment as "2026-11-22T07:30:00Z": UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
