"""Amounts and spans of time as options."""

from __future__ import annotations

from typing import Any

import click

from kept.errors import KeptError


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
