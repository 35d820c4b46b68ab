"""The commands of the release register and of the written parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option
from kept.practices.reporting.cli.files import read_text

if TYPE_CHECKING:
    from kept.practices.reporting.service import Service

DAY = "YYYY-MM-DD"


def add(room: click.Group, service: Callable[[], Service]) -> None:
    """Mount them."""
    for build in (_release, _withdraw, _write, _release_report):
        room.add_command(build(service))


def _release(service: Callable[[], Service]) -> click.Command:
    @click.command()
    @click.argument("model")
    @click.option("--version", required=True, help="What this version is called.")
    @click.option("--date", required=True, metavar=DAY, help="The day on which it was let out.")
    @click.option("--major/--minor", required=True, help="Whether it is a major release.")
    @click.option(
        "--availability",
        required=True,
        type=click.Choice(["open weights", "public", "limited", "internal"]),
        help="To whom it is available.",
    )
    @click.option("--replaces", metavar="MODEL", help="The model whose place it takes.")
    @click.option("--name", help="What it is called in public.")
    @json_option
    def release(model: str, **event: str | bool | None) -> None:
        """Record in the release register that MODEL was let out."""
        given = {name: value for name, value in event.items() if value is not None}
        done = service().release(model, given, by=current_actor())
        emit(
            done,
            f"{done.name} {done.version} ({done.model}) is in the release register: recorded at index {done.index}.",
        )

    return release


def _withdraw(service: Callable[[], Service]) -> click.Command:
    @click.command()
    @click.argument("model")
    @click.option("--reason", required=True, help="Why; it is published.")
    @click.option("--date", default="", metavar=DAY, help="The day on which it was taken back (today).")
    @json_option
    def withdraw(model: str, reason: str, date: str) -> None:
        """Record in the release register that MODEL was taken back."""
        done = service().withdraw(model, reason, date=date, by=current_actor())
        emit(done, f"{done.name} {done.version} is withdrawn: recorded at index {done.index}.")

    return withdraw


def _write(service: Callable[[], Service]) -> click.Command:
    @click.command()
    @click.argument("section")
    @click.option("--model", default="", help="The model that it is about; without one, the whole organisation.")
    @click.option("--file", "path", type=click.Path(path_type=Path), required=True, help="Its paragraphs, plain text.")
    @click.option("--author", required=True, help="Who wrote it, as they give their name.")
    @click.option("--role", required=True, help="In which role.")
    @click.option("--date", default="", metavar=DAY, help="The day on which it was written (today).")
    @json_option
    def write(section: str, path: Path, **details: str) -> None:
        """Record the text of a SECTION of the report, such as capabilities or limitations."""
        done = service().write(section, read_text(path), **details, by=current_actor())
        emit(done, f"The section {done.section} is written: recorded at index {done.index}.")

    return write


def _release_report(service: Callable[[], Service]) -> click.Command:
    @click.command(name="release-report")
    @click.argument("model")
    @click.option("--withdraw", default="", metavar="REASON", help="Withdraw the report that stands instead.")
    @json_option
    def release_report(model: str, withdraw: str) -> None:
        """Bind the written parts about MODEL, as they stand now, into its report."""
        done = service().release_report(model, withdraw=withdraw, by=current_actor())
        lacking = f" Not written: {', '.join(done.missing)}." if done.missing else ""
        what = "is withdrawn" if withdraw else f"binds {len(done.sections)} sections"
        emit(done, f"The report of {model} {what}: recorded at index {done.index}.{lacking}")

    return release_report
