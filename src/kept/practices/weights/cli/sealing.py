"""`kept weights seal` and `verify`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from kept.core.keys.wiping import wipe
from kept.errors import Invalid, NotFound
from kept.interface.terminal import current_actor, emit, json_option, progress
from kept.practices.weights.cli.signatures import add_signatures

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.weights.records.sealed import SealedWeights, VerifiedWeights
    from kept.practices.weights.service import Service


_KEY_BYTES = 32


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
    @click.option(
        "--key", type=click.File(), help="The file key, 64 hex digits in a file or - : compares the plaintext too."
    )
    @json_option
    def verify(place: str, trust: Path | None, log: Path | None, key: IO[str] | None) -> None:
        from kept.practices.weights.service import Service as Room

        given = _read(trust) if trust else None
        with progress("Checking") as told, _file_key(key) as file_key:
            found = Room.verify(place, trust=given, log=log, file_key=file_key, told=told)
        emit(found, lambda console: _print_verified(found, console))

    @group.command(help="Check SEALED as verify does, and its plaintext inside the broker; none of it leaves.")
    @click.argument("sealed", type=click.Path(path_type=Path))
    @click.option("--lease", required=True, help="One of this file; it loses no bytes by this.")
    @click.option("--trust", type=click.Path(path_type=Path), help="Whom you trust; without it nobody vouches for it.")
    @json_option
    def compare(sealed: Path, lease: str, trust: Path | None) -> None:
        given = _read(trust) if trust else None
        with progress("Checking") as told:
            found = service().compare(sealed, lease=lease, trust=given, told=told, by=current_actor())
        emit(found, lambda console: _print_verified(found, console))


@contextmanager
def _file_key(given: IO[str] | None) -> Iterator[bytearray | None]:
    """The key that somebody typed or keeps in a file, until the block ends. Raises Invalid."""
    if given is None:
        yield None
        return
    try:
        key = bytearray.fromhex(given.read(200).strip())
    except (ValueError, UnicodeDecodeError) as error:
        raise _no_key() from error
    if len(key) != _KEY_BYTES:
        raise _no_key()
    try:
        yield key
    finally:
        wipe(key)


def _no_key() -> Invalid:
    return Invalid("A file key is 64 hex digits.", code="verify.key", hint="--key FILE, or --key - to type it")


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
    console.print(
        f"plaintext: sha256:{found.sha256}" + ("" if found.plaintext else " (said, not compared: kept weights compare)")
    )
    console.print(Text(f"sealed {found.issued} by {found.by}, signed by {', '.join(found.signed)}"))
    if found.recorded is not None:
        console.print(f"recorded at index {found.recorded} of the log")
    for remark in found.remarks:
        console.print(remark)
