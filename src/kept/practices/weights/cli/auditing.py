"""`kept weights audit` and `summarise`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.errors import Unverified
from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.weights.records.access import Audit
    from kept.practices.weights.service import Service


def add_auditing(group: click.Group, service: Callable[[], Service]) -> None:
    """Add the verbs that tell who read what."""

    @group.command(help="Who read what, when and how much; exit 6 where the meter and the ledger disagree.")
    @click.option("--since", default="", metavar="DAY", help="The first day that is shown, as 2026-11-28 (UTC).")
    @click.option("--until", default="", metavar="DAY", help="The last day that is shown.")
    @json_option
    def audit(since: str, until: str) -> None:
        found = service().audit(since=since, until=until)
        emit(found, lambda console: _print_audit(found, console))
        if found.disagreements:
            raise Unverified(
                found.disagreements[0],
                code="audit.disagrees",
                hint=f"{len(found.disagreements)} such; keep the store as it is, and find out who could write to it.",
            )

    @group.command(help="Record how much was read since the last summary; the broker does so by itself.")
    @json_option
    def summarise() -> None:
        receipt = service().summarise(by=current_actor())
        emit({"recorded": receipt.index}, f"Recorded as entry {receipt.index}.")


def _print_audit(found: Audit, console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("who", "file", "lease", "why", "host", "reads", "refused", "bytes", "first", "last", box=None)
    for row in found.accesses:
        texts = (row.person, row.file[:12], row.lease, row.purpose, row.host)
        table.add_row(*map(Text, texts), f"{row.reads:,}", f"{row.refused:,}", f"{row.bytes:,}", row.first, row.last)
    console.print(table)
    console.print(f"{found.summaries} summaries in the ledger; {found.unrecorded:,} rows since the last.")
    for each in found.disagreements:
        console.print(Text(f"DISAGREES: {each}"))
