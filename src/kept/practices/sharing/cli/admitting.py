"""`kept sharing peers key`, `certify` and `revoke`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from kept.practices.sharing.service import Service


def add_admitting(peers: click.Group, service: Callable[[], Service]) -> None:
    """The verbs about what peers are known by."""

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
