"""The commands for what is withheld, disputed, answered and confirmed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.core.reference import load
from kept.interface.terminal import current_actor, emit, json_option
from kept.practices.reporting import PRACTICE
from kept.practices.reporting.cli.files import read_bytes, read_text, write_private

if TYPE_CHECKING:
    from kept.practices.reporting.service import Service

FILE = click.Path(path_type=Path)
SEALED_LIMIT = 32 * 1024 * 1024


def add(room: click.Group, service: Callable[[], Service]) -> None:
    """Mount them."""
    for build in (_withhold, _seal, _dispute, _dispute_record, _dispute_answer, _confirm):
        room.add_command(build(service))
    room.add_command(_unseal())


def _withhold(service: Callable[[], Service]) -> click.Command:
    @click.command()
    @click.argument("index", type=int)
    @click.option("--field", "names", multiple=True, required=True, help="A field that was recorded so that it can be.")
    @click.option("--reason", required=True, help="security, privacy, law, third-party confidentiality or hazard.")
    @click.option("--why", required=True, help="One line; it is published.")
    @click.option("--until", required=True, metavar="YYYY-MM-DD", help="The last day on which it is withheld.")
    @json_option
    def withhold(index: int, names: tuple[str, ...], **details: str) -> None:
        """Ask that fields of the statement at INDEX be withheld from the public; another holder reviews it."""
        done = service().withhold(index, names, **details, by=current_actor())
        emit(done, f"Recorded at index {done.index}. Another holder reviews it: kept reporting approve {done.index}")

    return withhold


def _seal(service: Callable[[], Service]) -> click.Command:
    @click.command()
    @click.argument("index", type=int)
    @click.option("--auditor", required=True, help="For whom it is; the file names them.")
    @click.option("--out", type=FILE, required=True, help="The file to write; only you can read it.")
    @json_option
    def seal(index: int, auditor: str, out: Path) -> None:
        """Write the whole statement at INDEX, withheld fields included, into a file for one auditor."""
        write_private(out, json.dumps(service().seal(index, auditor=auditor), ensure_ascii=False).encode())
        emit({"file": str(out)}, f"{out} holds what is withheld: hand it to {auditor} by a private way.")

    return seal


def _unseal() -> click.Command:
    @click.command()
    @click.argument("file", type=FILE)
    @click.option("--report", "folder", type=FILE, required=True, help="The published report.")
    @click.option("--trust", type=FILE, metavar="FILE", help="Your trust file.")
    @json_option
    def unseal(file: Path, folder: Path, trust: Path | None) -> None:
        """Check that the body in FILE is the one that a report commits to: exit 6 when it isn't."""
        static: type[Service] = load(PRACTICE.service)
        data = read_bytes(file, limit=SEALED_LIMIT)
        found = static.unseal(data, folder, trust=trust, now=datetime.now(UTC))
        lines = [f"This is the body of the statement {found.index}. Withheld from the public:"]
        lines += [f"  {name}: {json.dumps(found.fields[name], ensure_ascii=False)}" for name in found.withheld]
        emit(found, lines)

    return unseal


def _dispute(service: Callable[[], Service]) -> click.Command:
    @click.command()
    @click.argument("target")
    @click.option("--file", "path", type=FILE, required=True, help="What is wrong, plain text.")
    @click.option("--author", required=True, help="Your name, or a pseudonym, as it will be published.")
    @click.option("--log", default="", metavar="ORIGIN", help="The log that TARGET is in (this workspace's).")
    @click.option("--out", type=FILE, required=True, help="The signed file to write.")
    @json_option
    def dispute(target: str, path: Path, author: str, log: str, out: Path) -> None:
        """Sign a dispute about TARGET (the id of a claim, or the index of a statement) into a file for its owner."""
        data = service().dispute(target, read_text(path), author=author, log=log, by=current_actor())
        write_private(out, data)
        emit({"file": str(out)}, f"{out} is signed. Its owner records it: kept reporting dispute-record {out}")

    return dispute


def _dispute_record(service: Callable[[], Service]) -> click.Command:
    @click.command(name="dispute-record")
    @click.argument("file", type=FILE)
    @json_option
    def dispute_record(file: Path) -> None:
        """Record the dispute that an outsider signed in FILE; nobody can take it out again."""
        done = service().dispute_record(read_bytes(file))
        emit(done, f"The dispute of {done.target} is {done.state}: recorded at index {done.index}.")

    return dispute_record


def _dispute_answer(service: Callable[[], Service]) -> click.Command:
    @click.command(name="dispute-answer")
    @click.argument("index", type=int)
    @click.option("--position", required=True, type=click.Choice(["accepts", "rejects", "looks into it"]))
    @click.option("--file", "path", type=FILE, required=True, help="The answer, plain text.")
    @json_option
    def dispute_answer(index: int, position: str, path: Path) -> None:
        """Answer the dispute at INDEX; the answer stands beside it."""
        done = service().dispute_answer(index, position, read_text(path), by=current_actor())
        emit(done, f"The dispute at index {index} is answered: recorded at index {done.index}.")

    return dispute_answer


def _confirm(service: Callable[[], Service]) -> click.Command:
    @click.command()
    @click.argument("item")
    @click.argument("statements", nargs=-1, type=int)
    @click.option("--extent", required=True, type=click.Choice(["fully", "in part", "not"]), help="How far.")
    @click.option("--name", required=True, help="Your name, as it will be published.")
    @click.option("--role", required=True, help="Your role, as it will be published.")
    @click.option("--model", default="", help="The model that it is about; without one, the whole organisation.")
    @click.option("--note", default="", help="A short remark; it is published.")
    @json_option
    def confirm(item: str, statements: tuple[int, ...], **details: str) -> None:
        """Confirm that STATEMENTS (their indices) answer ITEM: FMTI-001 to FMTI-100, C6, C6.contents and so on."""
        done = service().confirm(item, statements, **details, by=current_actor())
        emit(done, f"{item} is confirmed ({done.what}): recorded at index {done.index}.")

    return confirm
