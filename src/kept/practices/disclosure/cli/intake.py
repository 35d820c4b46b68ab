"""`kept disclosure list`, `show`, `open` and their kind: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option
from kept.practices.disclosure.cli.files import FORMATS, read_file
from kept.practices.disclosure.cli.identities import identity_option, read_identities
from kept.practices.disclosure.cli.told import report_lines, report_value, sealed_line, sealed_lines, write_files

if TYPE_CHECKING:
    from kept.practices.disclosure.service import Service


def add_intake(room: click.Group, service: Callable[[], Service]) -> None:
    """The verbs of whoever reads reports."""
    _add_listing(room, service)
    _add_opening(room, service)
    _add_importing(room, service)


def _add_listing(room: click.Group, service: Callable[[], Service]) -> None:

    @room.command(name="list", help="List the reports, the oldest first.")
    @click.option("--released/--unreleased", default=None, help="Only those that were released, or were not.")
    @click.option("--after", default="", metavar="REPORT", help="Those after this one.")
    @click.option("--limit", default=100, show_default=True, help="How many at most.")
    @json_option
    def listed(released: bool | None, after: str, limit: int) -> None:
        found = service().list(released=released, after=after, limit=limit, by=current_actor())
        emit(found, [sealed_line(each) for each in found])

    @room.command(help="Show how a report lies there.")
    @click.argument("report")
    @json_option
    def show(report: str) -> None:
        found = service().show(report, by=current_actor())
        emit(found, sealed_lines(found))

    @room.command(help="Write the age file of a report to OUT, to decrypt it elsewhere.")
    @click.argument("report")
    @click.argument("out", type=click.Path(path_type=Path))
    @json_option
    def fetch(report: str, out: Path) -> None:
        from kept.core.keys.secret import write_private

        data = service().fetch(report, by=current_actor())
        write_private(out, data)
        emit({"bytes": len(data), "out": str(out)}, f"{out}: {len(data):,} bytes. Open it: age -d -i IDENTITY {out}")


def _add_importing(room: click.Group, service: Callable[[], Service]) -> None:
    @room.command(name="import-report", help="Take in FILE, a report that others wrote in a format of their own.")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--format", "kind", required=True, type=click.Choice(FORMATS), help="The format of FILE.")
    @click.option("--programme", required=True, help="The programme that it comes under.")
    @click.option("--model", default="", help="The model in scope that it is about.")
    @json_option
    def import_report(file: Path, kind: str, programme: str, model: str) -> None:
        data = read_file(file)
        made = service().import_report(data, kind=kind, programme=programme, model=model, by=current_actor())
        emit(made, f"{made.report} is taken in and released: recorded at index {made.recorded}.")


def _add_opening(room: click.Group, service: Callable[[], Service]) -> None:
    @room.command(name="open", help="Decrypt a report with your identity and print it; nothing is kept of it.")
    @click.argument("report")
    @identity_option
    @click.option("--out", type=click.Path(path_type=Path), help="A new folder for the files of the report.")
    @json_option
    def opened(report: str, files: tuple[Path, ...], out: Path | None) -> None:
        found = service().open(report, identities=read_identities(files), by=current_actor())
        write_files(found, out)
        emit(report_value(found), report_lines(found))

    @room.command(help="Decrypt a report and keep what it says in the store, for replay and triage.")
    @click.argument("report")
    @identity_option
    @json_option
    def release(report: str, files: tuple[Path, ...]) -> None:
        found = service().release(report, identities=read_identities(files), by=current_actor())
        emit(report_value(found), f"{report} is released: {found.title}")

    @room.command(help="Delete what a report says; that it came stays in the log.")
    @click.argument("report")
    @json_option
    def discard(report: str) -> None:
        found = service().discard(report, by=current_actor())
        clocks = service().triage_show(report, by=current_actor()).clocks
        going = any(each.standing in ("running", "waiting", "overdue") for each in clocks)
        close = f"Its clocks go on until you close it: kept disclosure triage close {report} --reason …"
        emit(found, [f"What {report} said is deleted.", *([close] if going else [])])

    @room.command(help="Take in FILE, an age file that came another way.")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--programme", required=True, help="The programme that it came under.")
    @click.option(
        "--readers",
        type=click.Choice(["triagers", "triagers and replay"]),
        default="triagers",
        help="To whom it is encrypted.",
    )
    @json_option
    def receive(file: Path, programme: str, readers: str) -> None:
        made = service().receive(read_file(file), programme=programme, readers=readers, by=current_actor())
        emit(made, f"{made.report} is taken in: recorded at index {made.recorded}.")
