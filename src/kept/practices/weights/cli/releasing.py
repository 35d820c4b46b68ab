"""`kept weights serve` and `open`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kept.errors import Invalid
from kept.interface.terminal import current_actor, emit, json_option, tell, wait_for

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.weights.records.access import Protection
    from kept.practices.weights.service import Service

_SEALED = click.Path(path_type=Path, dir_okay=True)


def add_releasing(group: click.Group, service: Callable[[], Service]) -> None:
    """Add the verbs of the broker."""

    @group.command(help="Be the broker, the only process through which plaintext passes, until Ctrl-C.")
    @json_option
    def serve() -> None:
        wait_for(service().serve(by=current_actor(), told=_tell_where, warn=tell))

    @group.command(name="open", help="Load SEALED under a lease by way of the broker; shows shapes, never values.")
    @click.argument("sealed", type=_SEALED)
    @click.option("--lease", required=True, help="Its number.")
    @click.option("--tensor", default="*", show_default=True, help="A name, or a pattern of names.")
    @click.option("--rows", default="", metavar="A:B", help="Of each tensor, these rows alone.")
    @json_option
    def open_sealed(sealed: Path, lease: str, tensor: str, rows: str) -> None:
        found = service().open(sealed, lease=lease, tensors=tensor, rows=_rows(rows), by=current_actor())
        emit(found, lambda console: _print_tensors(found, console))


def _tell_where(address: str, protection: Protection) -> None:
    document = {"address": address, "granted": protection.granted, "lacking": protection.lacking}
    lines = [f"The broker serves at {address}", f"Protected: {'; '.join(protection.granted) or 'nothing'}."]
    if protection.lacking:
        lines.append(f"NOT protected: {'; '.join(protection.lacking)}.")
    emit(document, "\n".join([*lines, "Root, and whoever reads memory from outside, sees plaintext. Ctrl-C stops it."]))


def _rows(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    first, colon, last = text.partition(":")
    if not (colon and first.isdecimal() and last.isdecimal()):
        raise Invalid(f"{text[:40]!r} names no rows.", code="read.rows", hint="--rows 0:16")
    return int(first), int(last)


def _print_tensors(found: Mapping[str, Any], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("tensor", "type", "shape", "least", "largest", "mean", "deviation", box=None)
    for row in found["tensors"]:
        figures = (row[name] for name in ("least", "largest", "mean", "deviation"))
        shown = ("" if value is None else f"{value:.6g}" for value in figures)
        table.add_row(Text(row["name"]), row["dtype"], "×".join(map(str, row["shape"])), *shown)
    console.print(table)
    console.print(f"{found['bytes']:,} bytes read; the lease had {found['left']:,} left.")
