"""Runs a plan over the rooms' assessors; knows no room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from kept.core.actor import Actor
from kept.core.model import Model
from kept.core.plan import Plan, unknown_name


class Progress(Protocol):
    """Told how far long work has come."""

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """`done` of `total` units are finished."""
        ...


def silent(done: int, total: int, note: str = "") -> None:
    """The progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Assessed:
    """What one room recorded: the ledger indices of its evidence, and a summary in plain JSON values."""

    room: str
    evidence: tuple[int, ...]
    summary: Mapping[str, Any] = field(default_factory=dict)


class Assessor(Protocol):
    """A room that can test a model."""

    def check(self, section: Mapping[str, Any]) -> None:
        """Raises Invalid when the room can't do what its section of a plan asks for."""
        ...

    async def assess(
        self,
        model: Model,
        section: Mapping[str, Any],
        *,
        by: Actor,
        progress: Progress = silent,
        truth: Mapping[str, Any] | None = None,
        address: str = "",
    ) -> Assessed:
        """Test the model and record what was found.

        `truth` is what was planted in the model, where that is known; `address` is how the model was named.
        """
        ...


async def assess(
    plan: Plan,
    model: Model,
    assessors: Mapping[str, Assessor],
    *,
    by: Actor,
    progress: Progress = silent,
    truth: Mapping[str, Any] | None = None,
    address: str = "",
) -> tuple[Assessed, ...]:
    """Run every section of the plan, in the order of the rooms; an empty plan runs every room's default.

    1. Every section has a room (raises Invalid, naming the nearest).
    2. Every section is checked before anything is asked (raises Invalid).
    3. The rooms assess one after the other; each records as it goes.
    """
    for name in plan.sections:
        if name not in assessors:
            raise unknown_name(name, assessors, where="The plan")
    chosen = {name: plan.sections.get(name, {}) for name in assessors if not plan.sections or name in plan.sections}
    for name, section in chosen.items():
        assessors[name].check(section)
    return tuple(
        [
            await assessors[name].assess(model, section, by=by, progress=progress, truth=truth, address=address)
            for name, section in chosen.items()
        ]
    )
