"""`kept disclosure keys …`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option, tell
from kept.practices.disclosure.cli.identities import identity_option, read_identities

if TYPE_CHECKING:
    from kept.practices.disclosure.service import Service

KIND = click.option(
    "--replay",
    "kind",
    flag_value="replay",
    default="triage",
    help="The isolated replay worker's, to which reports go at their reporters' choice.",
)


def add_keys(room: click.Group, service: Callable[[], Service]) -> None:
    """The group `keys`."""

    @room.group(help="To whom reports are encrypted; identities stay with their holders.")
    def keys() -> None:
        pass

    _add_making(keys, service)
    _add_keeping(keys, service)


def _add_making(keys: click.Group, service: Callable[[], Service]) -> None:
    @keys.command(help="Make a key for NAME: OUT is its identity file, which NAME alone keeps.")
    @click.argument("name")
    @click.option("--out", required=True, type=click.Path(path_type=Path), help="Where the identity file goes.")
    @click.option("--plain", is_flag=True, help="Without a passphrase: for the replay worker's own machine.")
    @KIND
    @json_option
    def new(name: str, out: Path, plain: bool, kind: str) -> None:
        from kept.core.keys.secret import write_private
        from kept.practices.disclosure.records import KeyKind

        chosen: KeyKind = "replay" if kind == "replay" else "triage"
        phrase = "" if plain else click.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
        if not plain and len(phrase) < 8:
            raise click.BadParameter("A passphrase has at least 8 characters.")
        identity, key = service().keys_new(name, passphrase=phrase, kind=chosen, by=current_actor())
        write_private(out, identity)
        emit(key, [f"{name}: {key.recipient}", f"{out} opens reports. Give it to {name}, and keep no copy here."])

    @keys.command(help="Encrypt reports from now on to RECIPIENT (age1…), too: a key that NAME made elsewhere.")
    @click.argument("name")
    @click.argument("recipient")
    @KIND
    @json_option
    def add(name: str, recipient: str, kind: str) -> None:
        from kept.practices.disclosure.records import KeyKind

        chosen: KeyKind = "replay" if kind == "replay" else "triage"
        key = service().keys_add(name, recipient, kind=chosen, by=current_actor())
        emit(key, f"Reports are encrypted to {name} from now on.")


def _add_keeping(keys: click.Group, service: Callable[[], Service]) -> None:
    @keys.command(name="list", help="List the keys that reports are encrypted to.")
    @click.option("--retired", is_flag=True, help="Also those that are retired.")
    @json_option
    def listed(retired: bool) -> None:
        found = service().keys_list(retired=retired)
        emit(
            found, [f"{each.name}  {each.kind}  {each.recipient}  {_state(each.retired, each.lost)}" for each in found]
        )

    @keys.command(help="Encrypt nothing to NAME any more, and tell which reports are lost with it.")
    @click.argument("name")
    @click.option("--reason", required=True, help="Why.")
    @click.option("--lost", is_flag=True, help="Nobody has its identity any more.")
    @json_option
    def retire(name: str, reason: str, lost: bool) -> None:
        done = service().keys_retire(name, reason=reason, lost=lost, by=current_actor())
        gone = [f"No key opens {report} any more: ask its reporter to send it again." for report in done.lost_reports]
        emit(done, [f"{name} is retired.", *gone])

    @keys.command(help="Encrypt every unreleased report that your identity opens anew, to the keys in use now.")
    @identity_option
    @json_option
    def reseal(files: tuple[Path, ...]) -> None:
        done = service().keys_reseal(read_identities(files), by=current_actor())
        tell("Those that it doesn't open were left as they are.")
        emit({"resealed": done}, f"{done} reports are encrypted anew.")


def _state(retired: str, lost: bool) -> str:
    if not retired:
        return "in use"
    return f"lost {retired}" if lost else f"retired {retired}"
