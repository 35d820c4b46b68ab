"""The room's commands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.core.reference import load
from kept.interface.terminal import current_actor, emit, json_option, tell_what_waits
from kept.practices.reporting import PRACTICE
from kept.practices.reporting.cli import approvals, compare, gates, monitor, objections, register
from kept.practices.reporting.cli.files import read_toml

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.reporting.records import Verdict
    from kept.practices.reporting.service import Service

MARKS = {True: "[green]holds[/]      ", False: "[red]FAILS[/]      ", None: "[yellow]not reached[/]"}
COLOURS = {"kept": "green", "not kept": "red", "partly": "yellow", "stale": "yellow"}


def commands(service: Callable[[], Service]) -> click.Group:
    """`kept reporting …`."""

    @click.group(help=f"{PRACTICE.title}.")
    def reporting() -> None:
        pass

    @reporting.command()
    @click.option("--out", type=click.Path(path_type=Path), required=True, metavar="DIR", help="The folder to make.")
    @click.option("--pdf", is_flag=True, help="Add report.pdf (needs the extra kept[reports]).")
    @click.option("--since", type=click.Path(path_type=Path), metavar="DIR", help="Record what changed since this one.")
    @json_option
    def build(out: Path, pdf: bool, since: Path | None) -> None:
        """Publish the log and write the report of it into a folder."""
        built = service().build(out, by=current_actor(), pdf=pdf, since=since)
        text = (
            f"{built.folder}: {_number(built.claims, 'claim')} of {_number(built.campaigns, 'campaign')}, from "
            f"{_number(built.size, 'statement')}, in {_number(built.files, 'file')}."
        )
        emit(built, [text, f"Check it: kept verify {built.folder} --trust trust.json"])

    @reporting.command()
    @json_option
    def status() -> None:
        """Show the state of each commitment for each model, and what is missing."""
        rows = service().status()

        def render(console: Console) -> None:
            from rich.table import Table

            for name in dict.fromkeys(row["name"] for row in rows):
                table = Table(title=name or "No model was tested yet", title_justify="left", show_lines=True)
                for column in ("Commitment", "State", "Missing"):
                    table.add_column(column)
                for row in (row for row in rows if row["name"] == name):
                    state = f"[{COLOURS.get(row['state'], 'dim')}]{row['state']}[/]"
                    table.add_row(f"{row['commitment']} {row['title']}", state, "\n".join(row["missing"]))
                console.print(table)

        emit(rows, render)
        tell_what_waits()

    @reporting.command()
    @click.argument("folder", type=click.Path(path_type=Path))
    @click.option("--trust", type=click.Path(path_type=Path), metavar="FILE", help="Your trust file.")
    @json_option
    def verify(folder: Path, trust: Path | None) -> None:
        """Check the report in FOLDER, offline: exit 6 when anything fails, 7 when another release made its page."""
        from kept.practices.reporting.records import ReportUnchecked, ReportUnverified

        static: type[Service] = load(PRACTICE.service)
        try:
            verdict = static.verify(folder, trust=trust, now=datetime.now(UTC))
        except (ReportUnverified, ReportUnchecked) as error:
            failed = error.verdict
            emit(failed.document(), lambda console: _paint(console, failed))
            raise
        emit(verdict.document(), lambda console: _paint(console, verdict))

    @reporting.command()
    @click.argument("model")
    @click.option("--file", "path", type=click.Path(path_type=Path), required=True, help="The decision, as TOML.")
    @json_option
    def scope(model: str, path: Path) -> None:
        """Record, by a decision that compares figures, whether promises bind MODEL.

        The file has decision ("in" or "out"), commitments, rationale and one [[comparisons]] table per benchmark.
        """
        decided = service().scope(model, read_toml(path), by=current_actor())
        where = "binds" if decided.decision == "in" else "is out of scope for"
        emit(decided, f"{', '.join(decided.commitments)} {where} {model}: recorded at index {decided.index}.")

    @reporting.command()
    @click.argument("commitment")
    @click.option("--law", required=True, help="Its name.")
    @click.option("--jurisdiction", required=True, help="Where it holds.")
    @click.option("--url", required=True, help="Where it can be read.")
    @click.option("--effective", required=True, metavar="YYYY-MM-DD", help="From which day it holds.")
    @click.option("--rationale", required=True, help="Why it asks for substantially the same.")
    @json_option
    def supersede(commitment: str, **law: str) -> None:
        """Record that a law stands in the place of COMMITMENT."""
        decided = service().supersede(commitment, law, by=current_actor())
        emit(decided, f"{commitment} is superseded by {law['law']}: recorded at index {decided.index}.")

    @reporting.command()
    @json_option
    def catalog() -> None:
        """Print the commitments as an OSCAL catalog."""
        static: type[Service] = load(PRACTICE.service)
        emit(static.catalog())

    register.add(reporting, service)
    compare.add(reporting, service)
    objections.add(reporting, service)
    monitor.add(reporting, service)
    gates.add(reporting, service)
    approvals.add(reporting, service)
    return reporting


def _paint(console: Console, verdict: Verdict) -> None:
    from rich.markup import escape

    for step in verdict.steps:
        unwitnessed = step.name == "witnesses" and step.ok and verdict.witnessed is None
        mark = "[yellow]none[/]       " if unwitnessed else MARKS[step.ok]
        console.print(f"{step.number} {step.name:<14} {mark}  {escape(step.detail)}", soft_wrap=True)
    witnessed = "unwitnessed" if verdict.witnessed is None else f"{verdict.witnessed} independent witnesses"
    console.print(
        f"[bold]{verdict.answer}[/], {witnessed}: {escape(verdict.organisation)} as of {verdict.as_of}, "
        f"{_number(verdict.claims, 'claim')} of {_number(verdict.campaigns, 'campaign')}, "
        f"from {_number(verdict.statements, 'statement')}",
        soft_wrap=True,
    )


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
