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

    from kept.practices.weights.records.access import Decoy, Protection, Remote
    from kept.practices.weights.service import Service

_SEALED = click.Path(path_type=Path, dir_okay=True)


def _elsewhere(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a verb reach a broker on another machine, where SEALED is then a path."""
    file = click.Path(path_type=Path, dir_okay=False)
    for option in (
        click.option("--broker-certificate", "known", type=file, help="With --broker: the broker's certificate."),
        click.option("--certificate", type=file, help="With --broker: this host's certificate and key, in one file."),
        click.option(
            "--broker", "address", metavar="HOST:PORT", help="The broker of another machine; SEALED is there."
        ),
    ):
        command = option(command)
    return command


def _remote(address: str | None, certificate: Path | None, known: Path | None) -> Remote | None:
    from kept.practices.weights.records.access import Remote

    if address is None and certificate is None and known is None:
        return None
    if address is None or certificate is None or known is None:
        raise Invalid(
            "Another machine's broker is known by its address and its certificate, and knows this host by its own.",
            code="broker.remote",
            hint="--broker HOST:PORT --certificate FILE --broker-certificate FILE",
        )
    return Remote(address, certificate, known)


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
    @_elsewhere
    @json_option
    def open_sealed(sealed: Path, lease: str, tensor: str, rows: str, **broker: Any) -> None:
        chosen, remote = _rows(rows), _remote(**broker)
        found = service().open(sealed, lease=lease, tensors=tensor, rows=chosen, remote=remote, by=current_actor())
        emit(found, lambda console: _print_tensors(found, console))

    @group.command(help="Write SEALED in the clear to OUT, with the mark of its recipient; recorded, and metered.")
    @click.argument("sealed", type=_SEALED)
    @click.argument("out", type=click.Path(path_type=Path))
    @click.option("--lease", required=True, help="One of export to this recipient.")
    @click.option("--to", "recipient", required=True, help="Who gets the copy; stays in the store.")
    @_elsewhere
    @json_option
    def export(sealed: Path, out: Path, lease: str, recipient: str, **broker: Any) -> None:
        remote = _remote(**broker)
        made = service().export(sealed, out, lease=lease, to=recipient, remote=remote, by=current_actor())
        emit(made, f"{made.place} is written, {made.bytes:,} bytes, marked. Recorded as entry {made.recorded}.")

    group.add_command(_decoys_group(service))


def _decoys_group(service: Callable[[], Service]) -> click.Group:
    @click.group(name="decoys", help="Sealed files that nobody has a reason to open: whoever tries raises an alarm.")
    def group() -> None:
        pass

    @group.command(help="Take the sealed file PLACE for a decoy; one is made where nothing stands.")
    @click.argument("place", type=_SEALED)
    @click.option("--bytes", "size", default="4MB", show_default=True, help="How large one is that is made.")
    @json_option
    def plant(place: Path, size: str) -> None:
        from kept.practices.weights.methods.amounts import read_bytes

        made = service().decoys_plant(place, size=read_bytes(size), by=current_actor())
        emit(made, f"{made.place} is a decoy. Tell nobody.")

    @group.command(name="list", help="List decoys, and how often somebody touched each.")
    @json_option
    def list_decoys() -> None:
        found = service().decoys_list()
        emit(found, lambda console: _print_decoys(found, console))

    return group


def _tell_where(address: str, protection: Protection) -> None:
    document = {"address": address, "granted": protection.granted, "lacking": protection.lacking}
    lines = [f"The broker serves at {address}", f"Protected: {'; '.join(protection.granted) or 'nothing'}."]
    if protection.lacking:
        lines.append(f"NOT protected: {'; '.join(protection.lacking)}.")
    emit(document, [*lines, "Root, and whoever reads memory from outside, sees plaintext. Ctrl-C stops it."])


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


def _print_decoys(found: tuple[Decoy, ...], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("place", "planted", "touched", box=None)
    for row in found:
        table.add_row(Text(row.place), row.planted, str(row.touched))
    console.print(table)
