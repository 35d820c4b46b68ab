"""The commands for approvals and vetoes, also by holders whose key is elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option
from kept.practices.reporting.cli.files import read_bytes, read_text, write_private

if TYPE_CHECKING:
    from kept.practices.reporting.service import Service

FILE = click.Path(path_type=Path)
NAME = click.option("--name", required=True, help="The name of whoever signs, as it will be published.")
ROLE = click.option("--role", required=True, help="Their role, as it will be published.")
REFUSE = click.option("--refuse", is_flag=True, help="Refuse instead; say why with --note.")
NOTE = click.option("--note", default="", help="A remark; it is published.")
HOLDER = click.option("--holder", required=True, help="As whom their key was introduced.")
OUT = click.option("--out", type=FILE, required=True, help="The file to write.")


def add(room: click.Group, service: Callable[[], Service]) -> None:
    """Mount them."""
    for build in (_approve, _draft, _sign, _record):
        room.add_command(build(service))


def _approve(service: Callable[[], Service]) -> click.Command:
    @click.command()
    @click.argument("index", type=int)
    @NAME
    @ROLE
    @REFUSE
    @NOTE
    @json_option
    def approve(index: int, name: str, role: str, refuse: bool, note: str) -> None:
        """Approve or refuse the request at INDEX, which another holder made, with a key of this workspace."""
        done = service().approve(index, name=name, role=role, refuse=refuse, note=note, by=current_actor())
        emit(done, f"The request at index {index} is {done.what} by {name}: recorded at index {done.index}.")

    return approve


def _draft(service: Callable[[], Service]) -> click.Group:
    @click.group(help="Draft what a holder whose key is elsewhere will sign at home.")
    def draft() -> None:
        pass

    @draft.command()
    @click.argument("index", type=int)
    @HOLDER
    @NAME
    @ROLE
    @REFUSE
    @NOTE
    @OUT
    @json_option
    def approval(index: int, holder: str, name: str, role: str, refuse: bool, note: str, out: Path) -> None:
        """Draft the approval, or the refusal, of the request at INDEX."""
        said = {"holder": holder, "name": name, "role": role, "note": note}
        _write(out, service().draft_approval(index, refuse=refuse, **said))

    @draft.command()
    @click.argument("model")
    @click.option("--file", "path", type=FILE, required=True, help="Why, plain text; it is published.")
    @HOLDER
    @NAME
    @ROLE
    @click.option("--lift", is_flag=True, help="End the veto instead.")
    @OUT
    @json_option
    def veto(model: str, path: Path, holder: str, name: str, role: str, lift: bool, out: Path) -> None:
        """Draft a veto against MODEL, or its end."""
        said = {"holder": holder, "name": name, "role": role}
        _write(out, service().draft_veto(model, read_text(path), lift=lift, **said))

    return draft


def _write(out: Path, data: bytes) -> None:
    write_private(out, data)
    emit({"file": str(out)}, f"{out} is drafted. Whoever signs it: kept reporting sign {out} --out FILE")


def _sign(service: Callable[[], Service]) -> click.Command:
    @click.command()
    @click.argument("file", type=FILE)
    @OUT
    @json_option
    def sign(file: Path, out: Path) -> None:
        """Sign the approval or veto drafted in FILE, in your own workspace."""
        write_private(out, service().sign(read_bytes(file), by=current_actor()))
        emit({"file": str(out)}, f"{out} is signed. Whoever asked for it: kept reporting record {out}")

    return sign


def _record(service: Callable[[], Service]) -> click.Command:
    @click.command()
    @click.argument("file", type=FILE)
    @json_option
    def record(file: Path) -> None:
        """Record the approval or veto that another holder signed in FILE."""
        done = service().record(read_bytes(file))
        emit(done, f"It is {done.what}: recorded at index {done.index}.")

    return record
