"""`kept sharing peers`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option
from kept.practices.sharing.cli.admitting import add_admitting

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.sharing.records import PeerRow
    from kept.practices.sharing.records.overseeing import PeerShown
    from kept.practices.sharing.service import Service

# It is read later, wherever that is done from.
_PEM = click.Path(exists=True, dir_okay=False, resolve_path=True)


def add_peers(group: click.Group, service: Callable[[], Service]) -> None:
    """The verbs about peers."""

    @group.group(name="peers", help="Add and list those that objects are exchanged with.")
    def peers() -> None:
        pass

    _add_peer(peers, service)
    _add_looking(peers, service)
    add_admitting(peers, service)


def _add_peer(peers: click.Group, service: Callable[[], Service]) -> None:
    @peers.command(help="Add NAME, one machine or person of an organisation.")
    @click.argument("name")
    @click.option("--organisation", required=True, metavar="NAME", help="Whom it belongs to.")
    @click.option("--client-of", default="", metavar="NAME", help="The organisation whose client that one is.")
    @click.option("--url", default="", metavar="URL", help="Where it serves TAXII, if it does.")
    @click.option(
        "--key",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Its public keys, as PEM; they are pinned.",
    )
    @click.option(
        "--credential",
        default="",
        metavar="WHERE",
        help="Our key, or name:password, for its server: env:NAME or file:PATH.",
    )
    @click.option("--identity", type=_PEM, help="Our client certificate and its private key, as PEM.")
    @click.option("--authority", type=_PEM, help="Whose certificates its server may show, as PEM.")
    @json_option
    def add(
        name: str,
        organisation: str,
        client_of: str,
        url: str,
        key: Path | None,
        credential: str,
        identity: str | None,
        authority: str | None,
    ) -> None:
        from kept.practices.sharing.records import Peer

        # An empty file pins nothing, which is not what was meant.
        keys = key.read_text("ascii", "replace") or "\n" if key else ""
        peer = Peer(name, organisation, client_of, url, keys, credential, identity or "", authority or "")
        row = service().peers_add(peer, by=current_actor())
        emit(row, f"{row.name} of {row.organisation} is a peer.")


def _add_looking(peers: click.Group, service: Callable[[], Service]) -> None:
    @peers.command(name="list", help="List every peer, and how long ago it was heard of.")
    @json_option
    def list_peers() -> None:
        rows = service().peers_list()
        emit(rows, lambda console: _print_peers(rows, console))

    @peers.command(help="Show NAME: what it is known by, what it may do, and how the exchange stands.")
    @click.argument("name")
    @json_option
    def show(name: str) -> None:
        found = service().peers_show(name, by=current_actor())
        emit(found, _shown(found))


def _shown(found: PeerShown) -> list[str]:
    peer, outgoing = found.peer, found.outgoing
    return [
        f"{peer.name} of {peer.organisation} is {peer.state}; heard of: {peer.heard or 'never'}",
        *[f"key {each.id}, made {each.made}" for each in found.keys],
        *[f"certificate {each}" for each in found.certificates],
        *[f"reads {each.id}  {each.title}" for each in found.reads],
        *[f"writes {each.id}  {each.title}" for each in found.writes],
        *[f"pulled {each.remote}  {each.title}  {each.pulled or 'never'}  {each.why}".rstrip() for each in found.pulls],
        *([f"{outgoing.objects:,} objects wait to be sent since {outgoing.since}"] if outgoing else []),
    ]


def _print_peers(rows: tuple[PeerRow, ...], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("name", "organisation", "client of", "state", "heard", "keys", "where", box=None)
    for row in rows:
        keys = ", ".join(key[:16] for key in row.key_ids)
        told = (row.name, row.organisation, row.client_of, row.state, row.heard, keys, row.url)
        table.add_row(*map(Text, told))
    console.print(table)
