"""`kept disclosure reply`, `messages`, `receipt …` and `encrypt`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.core.reference import load
from kept.interface.terminal import current_actor, emit, json_option
from kept.practices.disclosure import PRACTICE
from kept.practices.disclosure.cli.files import FORMATS, read_file
from kept.practices.disclosure.cli.identities import identity_option, read_identities

if TYPE_CHECKING:
    from kept.practices.disclosure.records import Message, Report
    from kept.practices.disclosure.service import Service

RECIPIENTS_LIMIT = 64 * 1024


def add_threads(room: click.Group, service: Callable[[], Service]) -> None:
    """The verbs of threads and of receipts."""

    @room.command(help="Write TEXT to the reporter of a report.")
    @click.argument("report")
    @click.argument("text")
    @json_option
    def reply(report: str, text: str) -> None:
        made = service().reply(report, text, by=current_actor())
        emit({"number": made.number, "at": made.at}, f"Written at {made.at}; the receipt code opens it.")

    @room.command(help="Read the thread of a report with your identity.")
    @click.argument("report")
    @identity_option
    @json_option
    def messages(report: str, files: tuple[Path, ...]) -> None:
        found, identities = service().messages(report, by=current_actor()), read_identities(files)
        opened = [_opened(each, identities) for each in found]
        emit(
            opened,
            [line for each in opened for line in (f"{each['at']} {each['author']}:", *each["text"].splitlines())],
        )

    _add_receipts(room, service)


def _add_receipts(room: click.Group, service: Callable[[], Service]) -> None:
    @room.group(help="What a reporter keeps: the code that opens their thread.")
    def receipt() -> None:
        pass

    @receipt.command(help="Print what follows from a receipt code, for use with age alone.")
    @click.option("--code", prompt="Receipt code", hide_input=True, help="Asked for where it isn't given.")
    @json_option
    def keys(code: str) -> None:
        from kept.practices.disclosure.service import Service

        found = Service.receipt_keys(code)
        emit(
            {"access": found.access, "identity": found.identity},
            [f"What opens the thread: {found.access}", f"What reads its replies: {found.identity}"],
        )

    @receipt.command(help="Close the receipt of a report, whose reporter says that it was stolen.")
    @click.argument("report")
    @json_option
    def close(report: str) -> None:
        service().receipt_close(report, by=current_actor())
        emit({"report": report}, f"The receipt of {report} opens nothing any more.")

    @receipt.command(help="Show what was done with the receipt of a report.")
    @click.argument("report")
    @json_option
    def events(report: str) -> None:
        found = service().receipt_events(report, by=current_actor())
        emit(found, [f"{each.at}  {each.event}" for each in found])


def add_sealing(room: click.Group) -> None:
    """The verb `encrypt`."""

    @room.command(help="Seal the report in FILE (text, or report.json) on this machine, to the form's recipients.")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option(
        "--recipients",
        "-R",
        required=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The programme's recipients.txt.",
    )
    @click.option("--attach", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--format", "kind", type=click.Choice(FORMATS), help="Where FILE is of another format.")
    @click.option("--out", "-o", required=True, type=click.Path(path_type=Path), help="Where the age file goes.")
    @json_option
    def encrypt(file: Path, recipients: Path, attach: tuple[Path, ...], kind: str | None, out: Path) -> None:
        import os

        from kept.core.keys.secret import write_private
        from kept.practices.disclosure.service import Service

        lines = read_file(recipients)[:RECIPIENTS_LIMIT].decode(errors="replace").splitlines()
        keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        made = Service.encrypt(_read(file, attach, kind), keys, entropy=os.urandom)
        write_private(out, made.sealed)
        emit(
            {"out": str(out), "code": made.code, "access": made.access, "recipient": made.recipient},
            [
                f"{out} is sealed. Upload it, with these beside it:",
                f"  access: {made.access}",
                f"  recipient: {made.recipient}",
                "Your receipt code, shown only now; it opens the thread and reads the replies:",
                f"  {made.code}",
            ],
        )


def _opened(message: Message, identities: tuple[str, ...]) -> dict[str, str]:
    plain: bytes = load(PRACTICE.backends["age"]["decrypt"])(message.content, identities)
    return {"at": message.at, "author": message.author, "text": plain.decode(errors="replace")}


def _read(file: Path, attach: tuple[Path, ...], kind: str | None) -> Report:
    """The report that a file says, with files attached to it."""
    import hashlib
    from dataclasses import replace

    from kept.practices.disclosure.methods.bundles import read_bundle
    from kept.practices.disclosure.methods.file_names import distinct_names
    from kept.practices.disclosure.records import Attachment
    from kept.practices.disclosure.service.importing import read_foreign

    names = distinct_names([each.name for each in attach])
    contents = [read_file(each) for each in attach]
    attached = tuple(
        Attachment(name, "", hashlib.sha256(content).hexdigest(), content)
        for name, content in zip(names, contents, strict=True)
    )
    found = read_foreign(read_file(file), kind) if kind else read_bundle(read_file(file))
    return replace(found, attachments=(*found.attachments, *attached))
