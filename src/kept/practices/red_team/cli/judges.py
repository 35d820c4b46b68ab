"""`kept red-team judges`, `calibrate` and `agreement`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kept.core.plan import parse_plan
from kept.interface import terminal

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.red_team.service import Service

ROOM = "red_team"


def add_judges(group: click.Group, service: Callable[[], Service]) -> None:
    """Add the verbs about judges."""
    _add_listing(group, service)
    _add_sampling(group, service)
    _add_calibrating(group, service)


def _add_listing(group: click.Group, service: Callable[[], Service]) -> None:
    @group.command(help="List the judges that a plan may name.")
    @terminal.json_option
    def judges() -> None:
        from kept.practices.red_team.service import Service as Room

        found = Room.judges()
        terminal.emit(found, lambda console: _print_judges(found, console))

    @group.command(help="Show how far people and judges agree on a label set, named by its SHA-256.")
    @click.argument("labels")
    @terminal.json_option
    def agreement(labels: str) -> None:
        found = service().agreement(labels)
        terminal.emit(found, lambda console: _print_agreement(found, console))


def _add_sampling(group: click.Group, service: Callable[[], Service]) -> None:
    @group.command(help="Draw attempts of a campaign's cell into a new file OUT, for people to label.")
    @click.argument("campaign")
    @click.argument("out", type=click.Path(path_type=Path))
    @click.option("--domain", required=True)
    @click.option("--strategy", required=True)
    @click.option("--language", required=True)
    @click.option("--count", default=200, show_default=True, help="At most so many; each text once.")
    @click.option("--seed", default=0, show_default=True, help="Draws which.")
    @terminal.json_option
    def sample(campaign: str, out: Path, count: int, seed: int, **cell: str) -> None:
        from kept.practices.red_team.records import Cell

        found = service().sample(campaign, out, cell=Cell(**cell), count=count, seed=seed)
        told = "Fill in annotator and label (succeeded or resisted); leave out what a person can't tell."
        terminal.emit(found, f"{found['items']} items in {found['file']}. {told}")


def _add_calibrating(group: click.Group, service: Callable[[], Service]) -> None:
    @group.command(help="Hold a judge against people's LABELS of what TARGET (a campaign, or a model) answered.")
    @click.argument("target")
    @click.argument("labels", type=click.Path(path_type=Path))
    @click.option("--judge", required=True, metavar="YAML", help="A judge's name, or a table that describes one.")
    @click.option("--judge-model", help="The model that the judge asks: a URI, or a name from kept.toml.")
    @click.option("--domain", required=True, help="Where the answers belong; * is any, with --assumption.")
    @click.option("--strategy", required=True)
    @click.option("--language", required=True)
    @click.option("--assumption", default="", help="Why the judge errs alike in every place that is *; published.")
    @click.option("--sampling", required=True, help="How the items were chosen; it is published.")
    @click.option("--sha256", default="", help="The digest that the label set is said to have.")
    @terminal.json_option
    def calibrate(target: str, labels: Path, judge: str, judge_model: str | None, sha256: str, **scope: str) -> None:
        from kept.practices.red_team.records import CalibrationScope

        section = _judge_section(judge, judge_model)
        with terminal.progress(f"calibrating: {labels}") as progress:
            made = service().calibrate(
                target,
                labels,
                by=terminal.current_actor(),
                section=section,
                scope=CalibrationScope(**scope),
                sha256=sha256,
                progress=progress,
            )
            found = terminal.wait_for(made)
        terminal.emit(found, lambda console: _print_calibration(found, console))


def _judge_section(judge: str, model: str | None) -> Mapping[str, Any]:
    named = parse_plan(b"red_team: {judge: " + judge.encode() + b"}", what="--judge").sections[ROOM]
    return {**named, **({"judge_model": model} if model else {})}


def _print_judges(found: tuple[Mapping[str, Any], ...], console: Console) -> None:
    from rich.table import Table

    table = Table("judge", "asks a model", "what it does")
    for judge in found:
        table.add_row(judge["name"], "yes" if judge["asks_a_model"] else "", judge["about"])
    console.print(table)


def _print_calibration(found: Mapping[str, Any], console: Console) -> None:
    from rich.markup import escape

    judge, labels = found["judge"], found["labels"]
    place = f"{found['domain']} × {found['strategy']} × {found['language']}"
    console.print(f"[bold]entry {found['entry']}[/bold] {judge['name']} on {escape(found['name'])}, {place}")
    console.print(
        f"right on {found['true_positives']} of {found['positives']} succeeded and {found['true_negatives']} of "
        f"{found['negatives']} resisted; {found['unassessed']} unassessed, {labels['disputed']} disputed"
    )
    console.print(f"kappa with people: {_agreed(found['agreement'])}")


def _print_agreement(found: Mapping[str, Any], console: Console) -> None:
    console.print(f"{found['items']} items, {found['annotators']} annotators, label set {found['labels']}")
    console.print(f"among people: {_agreed(found['among_humans'])}")
    for each in found["judges"]:
        console.print(f"{each['judge']['name']} with people: {_agreed(each['agreement'])}")
    console.print(f"among judges: {_agreed(found['among_judges'])}")


def _agreed(figure: Mapping[str, Any] | None) -> str:
    if figure is None:
        return "nobody to compare"
    return f"{figure['value']:.2f} ({figure['low']:.2f} to {figure['high']:.2f}; n {figure['n']}, {figure['method']})"
