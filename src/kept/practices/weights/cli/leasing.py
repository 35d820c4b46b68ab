"""`kept weights custodians` and the verbs of leases: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.weights.records.leases import CustodianRow
    from kept.practices.weights.service import Service


def add_leasing(group: click.Group, service: Callable[[], Service]) -> None:
    """Add the verbs about custodians and leases."""
    group.add_command(_custodians_group(service))


def _custodians_group(service: Callable[[], Service]) -> click.Group:
    @click.group(name="custodians", help="People who open sealed weights together.")
    def group() -> None:
        pass

    @group.command(help="Make NAME a custodian with keys of their own; acts as root (--as root).")
    @click.argument("name")
    @json_option
    def add(name: str) -> None:
        made = service().custodians_add(name, by=current_actor())
        emit(made, f"{made.name} is a custodian. What was sealed before can't be opened by them.")

    @group.command(name="list", help="List everybody who is or was a custodian.")
    @json_option
    def list_custodians() -> None:
        found = service().custodians_list()
        emit(found, lambda console: _print_custodians(found, console))

    @group.command(help="Seal nothing more to NAME, whose approvals count no longer; acts as root.")
    @click.argument("name")
    @json_option
    def remove(name: str) -> None:
        gone = service().custodians_remove(name, by=current_actor())
        emit(gone, f"{gone.name} is no custodian any more. Seal anew what they must not help to open.")

    return group


def _print_custodians(rows: tuple[CustodianRow, ...], console: Console) -> None:
    from rich.table import Table

    table = Table("name", "state", "since", "seals to", box=None)
    for row in rows:
        table.add_row(row.name, row.state, row.since, f"{row.public[:16]}…")
    console.print(table)
