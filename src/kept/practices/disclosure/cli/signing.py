"""`kept disclosure signing …`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from kept.practices.disclosure.records.advisories import SigningKey
    from kept.practices.disclosure.service import Service


def add_signing(room: click.Group, service: Callable[[], Service]) -> None:
    """The group `signing`."""

    @room.group(help="The OpenPGP key that signs CSAF documents.")
    def signing() -> None:
        pass

    @signing.command(help="Make the key, and sign what is published with it.")
    @click.option("--user-id", default="", metavar="TEXT", help="Whose it is: the organisation and its contact.")
    @json_option
    def new(user_id: str) -> None:
        made = service().signing_new(user_id=user_id, by=current_actor())
        emit(made, f"{made.fingerprint} signs CSAF documents from now on, for {made.user_id}.")

    @signing.command(help="Put a new key in its place; what it signed stays valid.")
    @json_option
    def rotate() -> None:
        made = service().signing_rotate(by=current_actor())
        emit(made, f"{made.fingerprint} signs CSAF documents from now on.")

    @signing.command(help="Say that the signatures of a replaced key count no more, and sign anew what it signed.")
    @click.argument("fingerprint")
    @json_option
    def revoke(fingerprint: str) -> None:
        made = service().signing_revoke(fingerprint, by=current_actor())
        emit(made, f"{made.fingerprint} counts no more; what it signed is signed anew.")

    @signing.command(name="list", help="List the keys that sign or signed, the oldest first.")
    @json_option
    def listed() -> None:
        found = service().signing_list()
        emit(found, [_line(each) for each in found] or ["No key signs yet."])

    @signing.command(help="Print the public half of a key that signs or signed.")
    @click.argument("fingerprint")
    @json_option
    def certificate(fingerprint: str) -> None:
        text = service().signing_certificate(fingerprint)
        emit({"certificate": text}, text.splitlines())


def _line(each: SigningKey) -> str:
    state = (
        f"revoked, retired {each.retired}" if each.revoked else f"retired {each.retired}" if each.retired else "signs"
    )
    return f"{each.fingerprint}  {each.made}  {state}  {each.user_id}"
