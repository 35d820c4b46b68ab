"""How whatever strangers and partners wrote is replayed: by a process that gave up what no replay needs; the nouns.

`worker` starts such a process and takes from it, `taking` does so in the order that works, each of the others is one
way to. docs/replay.md says what is taken, and what stays open.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from kept.errors import Invalid

Confining = Literal["available", "required"]


@dataclass(frozen=True, slots=True)
class Confinement:
    """What was taken from a worker's process for good, by name, and what wasn't: "name: reason".

    The names are those of `kept.predicates.disclosure_replay.CONFINEMENTS`.
    """

    holds: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


Heard = Callable[[Confinement], None]


def to_nobody(found: Confinement) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a room that has a replay worker may be told of it in kept.toml."""

    replay_memory_mib: int = 8_192
    """How much memory the replay worker may have, in MiB."""
    replay_cpu_seconds: int = 14_400
    """How much processor time one sitting of the replay worker may take; what it made is kept."""
    replay_seconds: int = 86_400
    """How long a process of the replay worker may go on that this program started; what it made is kept."""
    replay_confinement: Confining = "available"
    """Whether the replay worker works with the confinements that the system has, or only with all of them."""

    def __post_init__(self) -> None:
        """Raises Invalid for a confinement that is none: a word misspelt must not let the worker run unconfined."""
        if self.replay_confinement not in get_args(Confining):
            raise Invalid(
                f"replay_confinement is {str(self.replay_confinement)[:40]!r}; it is available or required.",
                code="workspace.malformed",
            )


def start_no_threads() -> None:
    """Have libraries for numbers start none as they load: Landlock reaches no thread that ran before (ABI < 8)."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"


def held_in_both(before: tuple[str, ...] | None, holds: tuple[str, ...]) -> tuple[str, ...]:
    """What held in a sitting and in all before it; None before is no sitting yet."""
    return holds if before is None else tuple(name for name in holds if name in before)
