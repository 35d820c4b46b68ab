"""The nouns of insider detection: what was done to the weights, and what a watcher says about whoever did it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Outcome = Literal["read", "refused", "export", "request", "approval"]


@dataclass(frozen=True, slots=True)
class AccessEvent:
    """One thing that one person did, or tried to do, to sealed weights.

    `actor` and `other` are pseudonyms by the time that a detector sees them. "refused" is a read, an export or a
    request that was not allowed, for the reason in `code` ("lease.none", "budget.over", …). An "approval" is by
    `actor`, of what `other` asked for, under `lease`. `moment` knows its time zone: whether an hour is a late one is
    judged in it. A field that nobody filled is empty, and counts neither for nor against anybody.
    """

    moment: datetime
    actor: str
    outcome: Outcome
    file: str = ""
    """The file's id; of an imported log, whatever names what was opened."""
    tensors: str = ""
    """The tensor, or the pattern of tensors; empty for the whole file."""
    bytes: int = 0
    team: str = ""
    role: str = ""
    host: str = ""
    purpose: str = ""
    lease: str = ""
    """The lease it was done under; empty where there was none."""
    other: str = ""
    """The other party: of an approval, who had asked; of an export, the recipient."""
    code: str = ""
    """Of a refusal, its reason."""
    decoy: bool = False
    """Whether the file is one that nobody has a reason to open."""
    number: int = 0
    """Its place in the stream it was read from, from 1; a follower goes on after it."""
