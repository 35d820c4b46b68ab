"""The commands that compare what was published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.core.reference import load
from kept.interface.terminal import current_actor, emit, json_option
from kept.practices.reporting import PRACTICE
from kept.practices.reporting.cli.shortened import shortened

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.reporting.records import Difference
    from kept.practices.reporting.service import Service

FOLDER = click.Path(path_type=Path)
TITLES = {"removed": "[bold red]Removed[/]", "changed": "[bold yellow]Changed[/]", "added": "[bold green]Added[/]"}


def add(room: click.Group, service: Callable[[], Service]) -> None:
    """Mount them."""
    for build in (_diff, _diff_record, _copies):
        room.add_command(build(service))


def _diff(_: Callable[[], Service]) -> click.Command:
    @click.command()
    @click.argument("old", type=FOLDER)
    @click.argument("new", type=FOLDER)
    @click.option("--trust", type=FOLDER, metavar="FILE", help="Your trust file.")
    @click.option("--release", nargs=2, metavar="MODEL MODEL", help="Hold one model against its successor.")
    @json_option
    def diff(old: Path, new: Path, trust: Path | None, release: tuple[str, str] | None) -> None:
        """Verify the reports in OLD and NEW, and tell what was removed, changed and added; offline."""
        static: type[Service] = load(PRACTICE.service)
        found = static.diff(old, new, trust=trust, now=datetime.now(UTC), release=release)
        emit({**found.document(), "answers": found.answers}, lambda console: _paint(console, found))

    return diff


def _diff_record(service: Callable[[], Service]) -> click.Command:
    @click.command("diff-record")
    @click.argument("old", type=FOLDER)
    @click.argument("new", type=FOLDER)
    @click.option("--release", nargs=2, metavar="MODEL MODEL", help="Hold one model against its successor.")
    @json_option
    def diff_record(old: Path, new: Path, release: tuple[str, str] | None) -> None:
        """Record, signed, what changed from the report in OLD to the one in NEW."""
        done = service().diff_record(old, new, by=current_actor(), release=release)
        text = f"{done.changes} changes, {done.removed} of them removals: recorded at index {done.index}."
        emit(done, text)

    return diff_record


def _copies(_: Callable[[], Service]) -> click.Command:
    @click.command()
    @click.argument("folder", type=FOLDER)
    @click.option("--trust", type=FOLDER, metavar="FILE", help="Your trust file.")
    @json_option
    def copies(folder: Path, trust: Path | None) -> None:
        """Verify the report in FOLDER, make its PDF, cards and OSCAL anew, and compare their bytes."""
        static: type[Service] = load(PRACTICE.service)
        found = static.copies(folder, trust=trust, now=datetime.now(UTC))
        emit(found, f"{found.answer}; what follows from report.json, byte for byte: {', '.join(found.same) or 'none'}")

    return copies


def _paint(console: Console, found: Difference) -> None:
    from rich.markup import escape

    console.print(
        f"{escape(shortened(found.organisation))}: {found.old['as_of'][:10]} ({found.old['size']} statements, "
        f"{found.answers[0]}) to {found.new['as_of'][:10]} ({found.new['size']} statements, {found.answers[1]})",
        soft_wrap=True,
    )
    if not found.changes:
        console.print("Nothing was removed, changed or added.")
    for how, title in TITLES.items():
        own = [change for change in found.changes if change.how == how]
        if own:
            console.print(f"{title} ({len(own)})")
        for change in own:
            told = " → ".join(escape(shortened(text)) for text in (change.before, change.after) if text)
            console.print(f"  {change.kind} {escape(shortened(change.name))}: {told}", soft_wrap=True)
