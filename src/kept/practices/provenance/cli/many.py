"""`kept provenance mark-many` and `check-many`: parse, one service call, render."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from kept.interface import terminal

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.provenance.records.bulk import Batch, Manner
    from kept.practices.provenance.service import Service

_TOLD = 20


def add_many(group: click.Group, service: Callable[[], Service]) -> None:
    """Add the verbs about many pieces of content."""

    @group.command(help="Mark the files that the patterns IN mean, as made by a model, into the folder OUT.")
    @click.argument("inputs", metavar="IN...", nargs=-1, required=True)
    @click.argument("out", metavar="OUT")
    @click.option("--model", required=True, help="Its id (sha256:…), its name in kept.toml, or its URI.")
    @click.option("--edited", is_flag=True, help="The model changed what others had made, rather than made it.")
    @click.option("--record", is_flag=True, help="Record what it came to as a statement.")
    @_manner
    @terminal.json_option
    def mark_many(inputs: tuple[str, ...], out: str, model: str, edited: bool, record: bool, **manner: Any) -> None:
        by = terminal.current_actor() if record else None
        with terminal.progress("marking") as progress:
            found = service().mark_many(
                inputs, out, model=model, edited=edited, manner=_read(manner), record=by, progress=progress
            )
        terminal.emit(found, lambda console: _print(found, "marked", console))

    @group.command(help="Check the files that the patterns IN mean; write a row for each to a Parquet file.")
    @click.argument("inputs", metavar="IN...", nargs=-1, required=True)
    @click.option("--out", required=True, metavar="FILE", help="The file of verdicts: verdicts.parquet")
    @_manner
    @terminal.json_option
    def check_many(inputs: tuple[str, ...], out: str, **manner: Any) -> None:
        with terminal.progress("checking") as progress:
            found = service().check_many(inputs, out, manner=_read(manner), progress=progress)
        terminal.emit(found, lambda console: _print(found, "checked", console))


def _manner(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a verb take the options of how a job is run."""
    for option in (
        click.option("--overwrite", is_flag=True, help="Replace what stands where an output goes."),
        click.option("--on", default="local", metavar="ENGINE", help="local, ray, or ray://host:port."),
        click.option("--workers", type=click.IntRange(1, 4096), help="How many work at once; one for each processor."),
    ):
        command = option(command)
    return command


def _read(given: dict[str, Any]) -> Manner:
    from kept.practices.provenance.records.bulk import Manner

    return Manner(given["on"], given["workers"] or _processors(), given["overwrite"])


def _processors() -> int:
    """How many this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _print(found: Batch, done: str, console: Console) -> None:
    from rich.markup import escape

    before = f", {found.skipped:,} before" if found.skipped else ""
    console.print(
        f"{found.done:,} of {found.pieces:,} files {done}{before}; {found.failed:,} failed. {escape(found.out)}"
    )
    for name, count in found.counts.items():
        console.print(f"  {name}: {count:,}")
    for failure in found.failures[:_TOLD]:
        console.print(f"  {escape(failure.source)}: {escape(failure.message)}", style="red")
    if found.failed > _TOLD:
        console.print(f"  … and {found.failed - _TOLD:,} more: --json tells a thousand.")
    if found.statement is not None:
        console.print(f"Recorded as entry {found.statement}.")
