"""`kept weights break-glass`, `review` and `safe`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from kept.interface.terminal import current_actor, emit, json_option
from kept.practices.weights.cli.amounts import lease_terms

if TYPE_CHECKING:
    from kept.practices.weights.service import Service


def add_glass(group: click.Group, service: Callable[[], Service]) -> None:
    """Add the verbs about glass that one person may break."""

    @group.command(
        name="break-glass",
        help="Take a lease of PLACE alone, with the safe's key; it is recorded, shown to watchers, and reviewed.",
    )
    @click.argument("place")
    @click.option("--reason", required=True, help="Why the custodians can't be waited for.")
    @click.option("--key", required=True, metavar="file:PATH", help="The safe's key; KEPT_SAFE_PASSPHRASE opens it.")
    @lease_terms
    @json_option
    def break_glass(place: str, reason: str, amount: int, seconds: int, key: str, **terms: Any) -> None:
        made = service().break_glass(
            place,
            reason=reason,
            bytes=amount,
            seconds=seconds,
            key=key,
            **terms,
            by=current_actor(),
        )
        emit(made, f"{made.lease.id} is granted. Two custodians review it: kept weights review {made.lease.id}")

    @group.command(help="Say, as a custodian who didn't break it, what was found about the broken glass LEASE.")
    @click.argument("lease")
    @click.option("--note", required=True, help="What was found; it stays in this workspace.")
    @json_option
    def review(lease: str, note: str) -> None:
        found = service().review(lease, note=note, by=current_actor())
        emit(found, f"The review of {lease} is {found.review}, by {', '.join(found.reviewers)}.")

    @click.group(name="safe", help="The key that replaces the custodians, kept where nobody reaches it alone.")
    def safe() -> None:
        pass

    @safe.command(help="Make a safe's key at ADDRESS (file:PATH); take it off this machine.")
    @click.argument("address")
    @json_option
    def new(address: str) -> None:
        made = service().safe_new(address)
        emit(
            made, f'Take {made.address} off this machine, and set in [practices.weights]: break_glass = "{made.public}"'
        )

    group.add_command(safe)
