"""`kept provenance keys`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import emit, json_option

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.provenance.records import KeyRow
    from kept.practices.provenance.service import Service


def keys_group(service: Callable[[], Service]) -> click.Group:
    """The verbs about keys of marks."""

    @click.group(name="keys", help="Make, rotate, retire and revoke the keys of marks.")
    def group() -> None:
        pass

    @group.command(help="Make a key; marks are made under it from now on.")
    @json_option
    def new() -> None:
        _emit(service().keys_new())

    @group.command(name="list", help="List every key, newest first; never a secret.")
    @json_option
    def list_keys() -> None:
        found = service().keys_list()
        emit(found, lambda console: _print_keys(found, console))

    @group.command(help="Make a new key and retire the current ones.")
    @json_option
    def rotate() -> None:
        _emit(service().keys_rotate())

    @group.command(help="Mark under KEY no more; it is still tried on a check.")
    @click.argument("key")
    @json_option
    def retire(key: str) -> None:
        _emit(service().keys_retire(key))

    @group.command(help="Say that others may know KEY: a mark under it proves nothing from now on.")
    @click.argument("key")
    @click.option("--reason", required=True, help="Why; it may be published.")
    @json_option
    def revoke(key: str, reason: str) -> None:
        _emit(service().keys_revoke(key, reason=reason))

    return group


def _emit(row: KeyRow) -> None:
    emit(row, f"The mark key {row.id} is {row.state}.")


def _print_keys(found: tuple[KeyRow, ...], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("key", "state", "made", "since", "why")
    for row in found:
        table.add_row(row.id, row.state, row.made, row.changed, Text(row.reason))
    console.print(table)
