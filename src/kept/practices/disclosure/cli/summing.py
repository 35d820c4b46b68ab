"""`kept disclosure summary`, `demonstrate` and `sweep`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kept.interface.terminal import current_actor, emit, json_option, wait_for

if TYPE_CHECKING:
    from kept.practices.disclosure.service import Service


def add_summing(room: click.Group, service: Callable[[], Service]) -> None:
    """What sums cases up, and what looks after their time."""

    @room.command(help="Record what became of reports, with intervals, as C4 asks.")
    @click.option("--days", default=365, show_default=True, help="Of the reports of how many days.")
    @json_option
    def summary(days: int) -> None:
        made = service().summary(days=days, by=current_actor())
        said = made.summary
        emit(
            made,
            [
                f"{said['received']} reports, {said['open']} open, {said['overdue']} overdue; entry {made.recorded}",
                f"Median days to acknowledge: {_median(said['time_to_acknowledge'])}",
                f"Median days to fix: {_median(said['time_to_fix'])}",
                f"Reproduced: {said['reproduced']} of {said['decided']}",
            ],
        )

    @room.command(
        help="Show one course of a report: sealed, replayed, rewarded, fixed; on the models assistant and assistant-2."
    )
    @click.option("--out", required=True, type=click.Path(path_type=Path), help="A folder for the readers' identities.")
    @json_option
    def demonstrate(out: Path) -> None:
        rows = wait_for(service().demonstrate(out.resolve(), by=current_actor()))
        emit(rows, [f"{row['what']}: {row['answer']}" for row in rows])

    @room.command(
        help="Mark what is overdue and erase what lay in quarantine long enough; kept serve does it by itself."
    )
    @json_option
    def sweep() -> None:
        made = service().sweep(by=current_actor())
        lines = [f"{case}: {clock} is overdue" for case, clock in made.overdue]
        emit(made, [*lines, f"{len(made.erased)} erased from quarantine"])


def _median(found: dict[str, Any]) -> str:
    shown = ["not reached" if found[name] is None else f"{found[name]:g}" for name in ("value", "low", "high")]
    return f"{shown[0]} ({shown[1]} to {shown[2]}), of {found['n']}"
