"""`kept weights trace` and `recipients`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.weights.records.traces import RecipientRow, Traced
    from kept.practices.weights.service import Service

# What each verdict says, and does not say, in one sentence.
PLAIN = {
    "named": "It carries a mark that chance doesn't explain.",
    "nobody": "It carries the mark of nobody who is known here. That does not say that it wasn't their copy.",
    "the original": "It is the original, without any mark: nobody's copy, or a leak from within.",
    "not comparable": "Nothing in it resembles the original.",
}


def add_tracing(group: click.Group, service: Callable[[], Service]) -> None:
    """Add the verbs that trace leaks."""
    group.add_command(_recipients_group(service))

    @group.command(help="Tell whose copy LEAKED is, a safetensors file or a folder of them.")
    @click.argument("leaked", type=click.Path(path_type=Path))
    @click.option("--of", type=click.Path(path_type=Path), metavar="SEALED", help="The sealed model it is a copy of.")
    @click.option("--lease", default="", metavar="ID", help="A lease to read all of that model, for tracing.")
    @json_option
    def trace(leaked: Path, of: Path | None, lease: str) -> None:
        found = service().trace(leaked, of=of, lease=lease, by=current_actor())
        emit(found, lambda console: _print_traced(found, console))


def _recipients_group(service: Callable[[], Service]) -> click.Group:
    @click.group(name="recipients", help="Who got marked copies.")
    def group() -> None:
        pass

    @group.command(name="list", help="List everybody who may have got a marked copy.")
    @json_option
    def list_recipients() -> None:
        found = service().recipients_list()
        emit(found, lambda console: _print_recipients(found, console))

    @group.command(help="Erase NAME; copies are traced to a digest alone from then on.")
    @click.argument("name")
    @json_option
    def forget(name: str) -> None:
        gone = service().recipients_forget(name)
        emit(gone, f"Forgotten. What is traced to {gone.digest[:16]}… is traced to nobody by name.")

    return group


def _print_traced(found: Traced, console: Console) -> None:
    from rich.text import Text

    if found.identical is not None:
        console.print(f"It is byte for byte the copy made {found.identical.made} under lease {found.identical.lease}.")
    elif found.comparison is None:
        console.print("It is no recorded copy as it stands. Name the model it may be of: --of SEALED --lease ID")
    if found.comparison is not None:
        console.print(f"[bold]{found.comparison.verdict}[/bold]: {PLAIN[found.comparison.verdict]}")
    for source in found.sources:
        who = source.name or "somebody who was forgotten"
        said = f" score {source.score:.1f}, by chance at most 10^{source.exponent:.0f}" if source.score else ""
        console.print(Text(f"  {who} ({source.recipient[:16]}…){said}"))
        if not source.copies:
            console.print("    No copy was recorded for them: find out who made one.", style="red")
    if found.comparison is not None:
        compared = found.comparison
        console.print(
            f"{compared.values:,} values of {len(compared.alignments)} tensors compared, {compared.recipients:,} "
            f"recipients tried, {len(compared.unknown)} tensors resemble nothing."
        )


def _print_recipients(found: tuple[RecipientRow, ...], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("name", "digest", "since", box=None)
    for row in found:
        table.add_row(Text(row.name or "(forgotten)"), f"{row.digest[:16]}…", row.made)
    console.print(table)
