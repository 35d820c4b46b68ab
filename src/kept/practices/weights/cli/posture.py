"""`kept weights posture`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from rich.console import Console

    from kept.core.commitments.ladder.records import Read
    from kept.practices.weights.records.posture import Posture
    from kept.practices.weights.service import Service

STYLES = {"met": "green", "stale": "yellow", "missing": "red", "contradicted": "bold red", "not evidenced": "dim"}


def add_posture(group: click.Group, service: Callable[[], Service]) -> None:
    """The verb `posture`."""

    @group.command(help="Show, measure by measure, where the evidence puts you on RAND's five security levels.")
    @click.option("--record", is_flag=True, help="Sign what came out, and put it into the ledger.")
    @json_option
    def posture(record: bool) -> None:
        found = service().posture(record=record, by=current_actor())
        emit(_document(found), lambda console: _show(found, console))


def _document(found: Posture) -> dict[str, object]:
    measures = [
        {
            "id": each.measure.id,
            "level": each.measure.level,
            "measure": each.measure.text,
            "reading": each.reading,
            "why": each.why,
            "evidence": list(each.evidence),
            "until": each.until,
        }
        for each in found.found
    ]
    return {
        "level": found.level,
        "as_of": found.as_of,
        "size": found.size,
        "measures": measures,
        "recorded": found.recorded,
    }


def _show(found: Posture, console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    from kept.core.commitments.ladder import ladder, stands

    for level in ladder().levels:
        met, of = stands(found.found, level.level)
        title = Text(f"SL{level.level}  {level.title}: {met} of {of} measures met", style="bold")
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
        for each in (one for one in found.found if one.measure.level == level.level):
            table.add_row(Text(each.reading, style=STYLES[each.reading]), Text(_told(each)))
        console.print(title, Text(f"     must withstand {level.against}", style="dim"), table, "", sep="\n")
    console.print(_reached(found))


def _told(each: Read) -> str:
    if each.reading == "not evidenced":
        return f"{each.measure.text} ({each.why})"
    entries = f" [entries {', '.join(str(index) for index in each.evidence)}]" if each.evidence else ""
    until = f" until {each.until[:10]}" if each.reading == "met" else ""
    return f"{each.measure.text}{until}{entries}"


def _reached(found: Posture) -> str:
    level = f"Level SL{found.level} is reached" if found.level else "No level is reached"
    recorded = "" if found.recorded is None else f" Recorded as entry {found.recorded}."
    return f"{level}: each needs evidence for every measure of it and of those below, as of {found.as_of}.{recorded}"
