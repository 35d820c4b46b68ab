"""`kept sharing peers`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.sharing.records import PeerRow
    from kept.practices.sharing.service import Service


def add_peers(group: click.Group, service: Callable[[], Service]) -> None:
    """The verbs about peers."""

    @group.group(name="peers", help="Add and list those that objects are exchanged with.")
    def peers() -> None:
        pass

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
    @json_option
    def add(name: str, organisation: str, client_of: str, url: str, key: Path | None) -> None:
        from kept.practices.sharing.records import Peer

        peer = Peer(name, organisation, client_of, url, key.read_text("ascii", "replace") if key else "")
        row = service().peers_add(peer, by=current_actor())
        emit(row, f"{row.name} of {row.organisation} is a peer.")

    @peers.command(name="list", help="List every peer, and how long ago it was heard of.")
    @json_option
    def list_peers() -> None:
        rows = service().peers_list()
        emit(rows, lambda console: _print_peers(rows, console))

    @peers.command(help="Make a key by which NAME comes in; it is shown once.")
    @click.argument("name")
    @json_option
    def key(name: str) -> None:
        issued = service().peers_key(name, by=current_actor())
        emit({"peer": issued.peer, "id": issued.id, "key": issued.text}, [issued.text, "It is shown this once."])

    @peers.command(help="Let NAME in by CERTIFICATE (PEM), too.")
    @click.argument("name")
    @click.argument("certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @json_option
    def certify(name: str, certificate: Path) -> None:
        spki = service().peers_certify(name, certificate.read_text("ascii", "replace"), by=current_actor())
        emit({"peer": name, "spki": spki}, f"{name} is known by the public key {spki}.")

    @peers.command(help="Let NAME in no more: by one key, or by nothing at all.")
    @click.argument("name")
    @click.option("--key", default="", metavar="ID", help="This key alone.")
    @json_option
    def revoke(name: str, key: str) -> None:
        gone = service().peers_revoke(name, key=key, by=current_actor())
        emit({"peer": name, "gone": gone}, f"{gone} keys and certificates of {name} hold no more.")


def _print_peers(rows: tuple[PeerRow, ...], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("name", "organisation", "client of", "state", "heard", "keys", "where", box=None)
    for row in rows:
        keys = ", ".join(key[:16] for key in row.key_ids)
        told = (row.name, row.organisation, row.client_of, row.state, row.heard, keys, row.url)
        table.add_row(*map(Text, told))
    console.print(table)
