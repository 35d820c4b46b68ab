"""`kept weights keys`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.weights.records.leases import Destruction, KekRow, Rotated
    from kept.practices.weights.service import Service


def keys_group(service: Callable[[], Service]) -> click.Group:
    """The verbs about key-encryption keys."""

    @click.group(name="keys", help="List, replace and destroy the keys that wrap the keys of sealed files.")
    def group() -> None:
        pass

    @group.command(name="list", help="List every key-encryption key, the newest first; never a key.")
    @json_option
    def list_keys() -> None:
        found = service().keys_list()
        emit(found, lambda console: _print_keys(found, console))

    @group.command(help="Wrap everything under a new key; bodies stay as they are.")
    @click.option("--to", default="", metavar="URI", help="Where it is made, or is already; beside the one before.")
    @click.option("--finish", is_flag=True, help="End a rotation that was cut off, under the key of now.")
    @json_option
    def rotate(to: str, finish: bool) -> None:
        done = service().keys_rotate(to=to, finish=finish, by=current_actor())
        emit(done, lambda console: _print_rotated(done, console))

    @group.command(help="Destroy KEY, and with it every copy of what it alone wraps; two people say so. No way back.")
    @click.argument("key")
    @click.option("--confirm", required=True, metavar="KEY", help="Its name again.")
    @click.option("--reason", required=True, help="Why; it stays in this workspace.")
    @json_option
    def destroy(key: str, confirm: str, reason: str) -> None:
        said = service().keys_destroy(key, confirm=confirm, reason=reason, by=current_actor())
        emit(said, lambda console: _print_destruction(said, console))

    return group


def _print_keys(rows: tuple[KekRow, ...], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("name", "state", "id", "made", "where", box=None)
    for row in rows:
        table.add_row(row.name, row.state, row.key_id, row.made, Text(row.uri))
    console.print(table)


def _print_rotated(done: Rotated, console: Console) -> None:
    from rich.text import Text

    console.print(Text(f"{done.kek.name} is current; {len(done.files)} files are under it now."))
    for each in done.left:
        console.print(Text(f"left: {each.place}: {each.why}"))
    if done.left:
        console.print("When they are in their places again: kept weights keys rotate --finish")


def _print_destruction(said: Destruction, console: Console) -> None:
    from rich.text import Text

    name, people = said.kek.name, ", ".join(said.people)
    if said.kek.state == "destroyed":
        console.print(Text(f"{name} is destroyed, as {people} said; {len(said.files)} files can't be opened any more."))
        return
    console.print(Text(f"{people} said that {name} be destroyed. A second person ends it within a week."))
    console.print(Text(f"{len(said.files)} files can't be opened then, in any copy: {', '.join(said.files) or 'none'}"))
    for each in said.unknown:
        console.print(Text(f"not known of {each.place}: {each.why}"))
