"""`kept weights seal` and `verify`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.errors import NotFound
from kept.interface.terminal import current_actor, emit, json_option, progress
from kept.practices.weights.cli.signatures import add_signatures

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.weights.records.sealed import SealedWeights, VerifiedWeights
    from kept.practices.weights.service import Service


def add_sealing(group: click.Group, service: Callable[[], Service]) -> None:
    """Add the verbs that seal and check."""
    add_signatures(group)

    @group.command(help="Seal IN, a safetensors file or a sharded folder, into OUT, for the custodians of now.")
    @click.argument("source", metavar="IN")
    @click.argument("target", metavar="OUT")
    @click.option("--model", default="", metavar="ID", help="Whose weights they are: sha256:…")
    @json_option
    def seal(source: str, target: str, model: str) -> None:
        with progress("Sealing") as told:
            made = service().seal(source, target, model=model, by=current_actor(), told=told)
        emit(made, lambda console: _print_sealed(made, console))

    @group.command(help="Check every byte of PLACE, a sealed file or folder; no key is needed.")
    @click.argument("place")
    @click.option("--trust", type=click.Path(path_type=Path), help="Whom you trust; without it nobody vouches for it.")
    @click.option("--log", type=click.Path(path_type=Path), help="An exported log; it knows newer keys, if there are.")
    @json_option
    def verify(place: str, trust: Path | None, log: Path | None) -> None:
        from kept.practices.weights.service import Service as Room

        with progress("Checking") as told:
            found = Room.verify(place, trust=_read(trust) if trust else None, log=log, told=told)
        emit(found, lambda console: _print_verified(found, console))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"{path} is missing.", code="trust.missing", hint="Name the trust file.") from error


def _print_sealed(made: SealedWeights, console: Console) -> None:
    from rich.text import Text

    files = f"{len(made.files)} files, " if len(made.files) > 1 else ""
    console.print(Text(f"{made.place} is sealed: {files}{made.sealed_bytes:,} bytes."))
    console.print(f"file: {made.file}")
    console.print(f"plaintext: sha256:{made.sha256}")
    if made.left:
        console.print(Text(f"not sealed: {', '.join(made.left)}"))
    console.print("The plaintext stays where it is. Delete it, and every copy, once the sealed file is in its place.")


def _print_verified(found: VerifiedWeights, console: Console) -> None:
    from rich.text import Text

    console.print(f"[bold]{found.state}[/bold]: all {found.bytes:,} bytes are as they were sealed.")
    console.print(f"file: {found.file}")
    console.print(f"plaintext: sha256:{found.sha256}" + ("" if found.plaintext else " (said, not compared: no key)"))
    console.print(Text(f"sealed {found.issued} by {found.by}, signed by {', '.join(found.signed)}"))
    if found.recorded is not None:
        console.print(f"recorded at index {found.recorded} of the log")
    for remark in found.remarks:
        console.print(remark)
