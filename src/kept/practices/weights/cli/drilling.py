"""`kept weights drill`, `exercise` and `demonstrate`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option, progress, wait_for
from kept.practices.weights.records.drills import NAMES

if TYPE_CHECKING:
    from kept.practices.weights.records.drills import Drill
    from kept.practices.weights.service import Service


def add_drilling(group: click.Group, service: Callable[[], Service]) -> None:
    """The verbs that rehearse attacks."""

    @group.command(help="Rehearse an attack on weights that are made for it, and record whether it was answered.")
    @click.argument("scenario", type=click.Choice(NAMES))
    @json_option
    def drill(scenario: str) -> None:
        done = wait_for(service().drill(scenario, by=current_actor()))
        emit(done, _told(done))

    @group.command(help="Let simulated people steal, and record how many of them the watch notices.")
    @click.option("--runs", default=4, show_default=True, help="Houses of 100 people, each with seven thefts.")
    @json_option
    def exercise(runs: int) -> None:
        with progress("exercise") as watch:
            done = service().exercise(runs=runs, by=current_actor(), progress=watch)
        emit(
            done,
            f"{done.noticed} of {done.attempts} thefts noticed; {done.accused} of {done.innocent} innocents accused "
            f"by the tier that promises at most {done.bound:.0%}. Recorded as entry {done.recorded}.",
        )

    @group.command(help="Seal FILE into the new folder OUT, let thieves try, and show how each was answered.")
    @click.argument("out", type=click.Path(path_type=Path))
    @click.option(
        "--weights", required=True, metavar="FILE", type=click.Path(path_type=Path), help="A safetensors file."
    )
    @json_option
    def demonstrate(out: Path, weights: Path) -> None:
        rows = wait_for(service().demonstrate(out.absolute(), weights=weights, by=current_actor()))
        emit(rows, [f"{row['what']}: {row['answer']}" for row in rows])


def _told(done: Drill) -> str:
    recorded = f"Recorded as entry {done.recorded}."
    if done.state == "abandoned":
        return f"Abandoned, since it could not be carried out: {done.why} {recorded}"
    if done.state == "failed":
        return f"FAILED: nobody refused {done.scenario}, and nobody noticed. {recorded}"
    return f"Passed: {done.answer.answer} ({done.answer.code}) after {done.answer.seconds:.3f} s. {recorded}"
