"""What is asked for with a lease, as options: amounts, spans of time, and where plaintext goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from kept.errors import KeptError

Command = TypeVar("Command", bound=Callable[..., Any])


class Amount(click.ParamType[int]):
    """An amount or a span as people write it, read by a function of the room when it is given."""

    def __init__(self, name: str, reader: str) -> None:
        self.name = name
        self._reader = reader

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> int:
        """The number of bytes or seconds; fails as click does for what is neither."""
        from kept.core.reference import load

        try:
            found: int = load(f"kept.practices.weights.methods.amounts:{self._reader}")(value)
        except KeptError as error:
            self.fail(f"{error.message} {error.hint}", param, context)
        return found


def lease_terms(command: Command) -> Command:
    """Let a verb take `amount` of bytes, `seconds`, `kind`, `runtime` and `to`."""
    for option in (
        click.option("--to", default="", metavar="RECIPIENT", help="Of an export: whose fingerprint it carries."),
        click.option(
            "--runtime", default="", metavar="NAME", help="Into what the plaintext goes.  [default: inference]"
        ),
        click.option("--kind", type=click.Choice(["read", "export"]), default="read", show_default=True),
        click.option(
            "--for", "seconds", required=True, type=Amount("SPAN", "read_span"), help="From now on: 4h, 30m, 2d."
        ),
        click.option("--bytes", "amount", required=True, type=Amount("AMOUNT", "read_bytes"), help="How much: 40GB."),
    ):
        command = option(command)
    return command
