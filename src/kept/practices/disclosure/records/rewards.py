"""Rewards: what is promised for a weakness, by whom it was approved, and whether it was paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["bounty", "prize"]
State = Literal["proposed", "approved", "paid", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Reward:
    """One reward; `amount` is in minor units of the currency, `approvals` are the ids of those who approved.

    `contest` names the contest whose prize it is. `entries` are the ledger indices of its statements, oldest first.
    """

    id: str
    kind: Kind
    state: State
    programme: str
    report: str
    weakness: str
    severity: str
    contest: str
    amount: int
    currency: str
    replay: int
    required: int
    approvals: tuple[str, ...]
    created: str
    reference: str
    reason: str
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """What a programme may promise, and what it has: minor units of its currency."""

    programme: str
    currency: str
    budget: int
    committed: int
    paid: int
