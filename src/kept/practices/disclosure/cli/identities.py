"""Identity files of age, as options of commands; their passphrases are asked for at the terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from kept.core.reference import load
from kept.errors import Denied
from kept.interface.terminal import Command
from kept.practices.disclosure import PRACTICE

LIMIT = 64 * 1024


def identity_option(command: Command) -> Command:
    """Let a verb take `--identity FILE`, as often as there are keys to try."""
    option: Callable[[Command], Command] = click.option(
        "--identity",
        "-i",
        "files",
        multiple=True,
        required=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Your identity file of age; again for another.",
    )
    return option(command)


def read_identities(files: tuple[Path, ...]) -> tuple[str, ...]:
    """The identities in files, asking for the passphrase of those that have one. Raises Denied or Invalid."""
    read = load(PRACTICE.backends["age"]["identities"])
    found: list[str] = []
    for file in files:
        data = file.read_bytes()[:LIMIT]
        try:
            found += read(data, "")
        except Denied:
            found += read(data, click.prompt(f"Passphrase of {file}", hide_input=True, err=True))
    return tuple(found)
