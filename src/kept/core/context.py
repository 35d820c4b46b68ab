"""What a room's service is built from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from kept.core.model import Model, Sampling

if TYPE_CHECKING:
    from kept.core.ledger import Follower, Ledger
    from kept.core.store import Store
    from kept.core.workspace import Workspace

Clock = Callable[[], datetime]
Entropy = Callable[[int], bytes]


class OpenModel(Protocol):
    """Opens a model by the name that kept.toml gives it, or by its URI."""

    def __call__(
        self,
        address: str,
        *,
        sampling: Sampling | None = None,
        requests: int | None = None,
        tokens: int | None = None,
        errors: float | None = None,
        concurrency: int | None = None,
    ) -> Model:
        """`requests`, `tokens` and `errors` are budgets; None leaves the model's default."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """Store, ledger, clock, randomness, the room's own settings, and the way to reach a model by its URI or name.

    `followers` holds those of every room by name, each built when it is asked for.
    """

    workspace: Workspace
    store: Store
    ledger: Ledger
    clock: Clock
    entropy: Entropy
    settings: Any
    open_model: OpenModel
    ports: Mapping[str, Any]
    backends: Mapping[str, Mapping[str, str]]
    followers: Mapping[str, Callable[[], Follower]] = field(default_factory=dict)


def format_time(moment: datetime) -> str:
    """The moment as "2026-11-22T07:30:00Z": UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
