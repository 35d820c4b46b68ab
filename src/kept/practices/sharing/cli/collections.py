"""`kept sharing collections` and `received`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.sharing.records import CollectionRow, Received
    from kept.practices.sharing.service import Service


def add_collections(group: click.Group, service: Callable[[], Service]) -> None:
    """The verbs about collections and what was received."""

    @group.group(name="collections", help="Begin and list collections, and say who reads and writes each.")
    def collections() -> None:
        pass

    _add_begun(collections, service)
    _add_readers(collections, service)
    _add_received(group, service)


def _add_begun(collections: click.Group, service: Callable[[], Service]) -> None:
    @collections.command(help="Begin a collection; nobody reads it until it is granted.")
    @click.argument("title")
    @click.option("--community", required=True, metavar="NAME", help="Who shares it; each is an API root of TAXII.")
    @click.option("--description", default="", help="What belongs into it.")
    @click.option("--default-tlp", default="amber+strict", show_default=True, help="What holds for unmarked objects.")
    @click.option(
        "--amber",
        type=click.Choice(["named", "members"]),
        default="named",
        show_default=True,
        help="Who gets AMBER that names no recipient: only its sender, or every reader's organisation.",
    )
    @click.option("--released", is_flag=True, help="Whoever has a key reads what is CLEAR.")
    @json_option
    def add(title: str, community: str, description: str, default_tlp: str, amber: str, released: bool) -> None:
        from kept.practices.sharing.records import Collection, checked_tlp

        made = Collection(
            title,
            community,
            description,
            checked_tlp(default_tlp),
            "members" if amber == "members" else "named",
            released,
        )
        row = service().collections_add(made, by=current_actor())
        emit(row, f"{row.id}  {row.title}")


def _add_readers(collections: click.Group, service: Callable[[], Service]) -> None:
    @collections.command(name="list", help="List every collection, and who reads and writes it.")
    @json_option
    def list_collections() -> None:
        rows = service().collections_list()
        emit(rows, lambda console: _print_collections(rows, console))

    @collections.command(help="Say what PEER may do with COLLECTION; with neither option, nothing any more.")
    @click.argument("collection")
    @click.argument("peer")
    @click.option("--read", is_flag=True)
    @click.option("--write", is_flag=True)
    @json_option
    def grant(collection: str, peer: str, read: bool, write: bool) -> None:
        service().collections_grant(collection, peer, read=read, write=write, by=current_actor())
        may = " and ".join(word for word, given in (("read", read), ("write", write)) if given) or "do nothing with"
        emit({"collection": collection, "peer": peer, "read": read, "write": write}, f"{peer} may {may} {collection}.")


def _add_received(group: click.Group, service: Callable[[], Service]) -> None:
    @group.command(help="List what came from peers, the oldest first.")
    @click.option("--since", default=0, show_default=True, type=click.IntRange(0), help="After this cursor.")
    @click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
    @json_option
    def received(since: int, limit: int) -> None:
        rows = service().received(since=since, limit=limit)
        emit(rows, lambda console: _print_received(rows, console))


def _print_collections(rows: tuple[CollectionRow, ...], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("id", "title", "community", "default", "of", "readers", "writers", box=None)
    for row in rows:
        people = (", ".join(row.readers), ", ".join(row.writers))
        told = (row.id, row.title, row.community, f"TLP:{row.default_tlp.upper()}", row.peer or "ours", *people)
        table.add_row(*map(Text, told))
    console.print(table)


def _print_received(rows: tuple[Received, ...], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("cursor", "object", "version", "peer", "TLP", "signature", box=None)
    for row in rows:
        signature = f"{row.signature} ({row.signer})" if row.signer else row.signature
        told = (str(row.cursor), row.id, row.version, row.peer, row.tlp.upper(), signature)
        table.add_row(*map(Text, told))
    console.print(table)
