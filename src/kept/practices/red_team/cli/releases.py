"""`kept red-team power`, `preregister` and `compare`: two releases, before and after their runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kept.interface import terminal
from kept.practices.red_team.cli.sections import read_section

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.red_team.service import Service


def add_releases(group: click.Group, service: Callable[[], Service]) -> None:
    """Add the verbs to the room's group."""

    @group.command(help="Tell what a plan, run on two models, could show; nothing is run or recorded.")
    @click.option("--plan", type=click.Path(path_type=Path), help="A plan file; its red_team section is used.")
    @click.option("--section", metavar="YAML", help="The red_team section itself, as YAML or JSON.")
    @_assumptions
    @terminal.json_option
    def power(plan: Path | None, section: str | None, **assumed: float) -> None:
        found = service().power(read_section(plan, section), **assumed)
        terminal.emit(found, lambda console: _print_power(found, console))

    @group.command(help="Record, before its runs, what an evaluation of two models will ask, and how.")
    @click.argument("title")
    @click.option("--hypothesis", "hypotheses", multiple=True, required=True, help="What is expected; may be repeated.")
    @click.option("--endpoint", "endpoints", multiple=True, metavar="DOMAIN", help="What it is about (default: all).")
    @click.option("--baseline", metavar="CAMPAIGN", help="The campaign of the first model, where it was run already.")
    @click.option("--margin", type=float, help="The difference up to which two rates count as equivalent.")
    @click.option("--plan", type=click.Path(path_type=Path), help="A plan file; its red_team section is used.")
    @click.option("--section", metavar="YAML", help="The red_team section itself, as YAML or JSON.")
    @_assumptions
    @terminal.json_option
    def preregister(title: str, plan: Path | None, section: str | None, **told: Any) -> None:
        found = service().preregister(
            title, section=read_section(plan, section) or None, by=terminal.current_actor(), **told
        )
        terminal.emit(found, lambda console: _print_preregistered(found, console))

    @group.command(help="Record how campaign AFTER differs from campaign BEFORE, with the regressions named.")
    @click.argument("before")
    @click.argument("after")
    @click.option("--follows", type=int, metavar="INDEX", help="The ledger index of the preregistration.")
    @click.option("--margin", type=float, help="The difference up to which two rates count as equivalent.")
    @terminal.json_option
    def compare(before: str, after: str, follows: int | None, margin: float | None) -> None:
        found = service().compare(before, after, follows=follows, margin=margin, by=terminal.current_actor())
        terminal.emit(found, lambda console: _print_comparison(found, console))


def _assumptions(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what a plan's power rests on."""
    for name, default, text in (
        ("power", 0.8, "The chance with which a difference shall be found."),
        ("alike", 0.0, "The correlation assumed between trials of one prompt."),
        ("discordant", 0.2, "The share of attempts assumed to end differently on the two models."),
    ):
        command = click.option(f"--{name}", type=float, default=default, show_default=True, help=text)(command)
    return command


def _print_power(found: Mapping[str, Any], console: Console) -> None:
    from rich.table import Table

    console.print(
        f"{found['attempts']:,} attempts on each model; differences that are found with a chance of "
        f"{found['power']:.0%}, where {found['discordant']:.0%} of the attempts end differently:"
    )
    table = Table("domain", "prompts", "trials", "detectable difference")
    for each in found["detectable"]:
        shown = f"{each['difference']:.1%}" if each["difference"] <= found["discordant"] else "none"
        table.add_row(each["domain"], f"{each['prompts']:,}", str(found["trials"]), shown)
    console.print(table)


def _print_preregistered(found: Mapping[str, Any], console: Console) -> None:
    from rich.markup import escape

    console.print(
        f"[bold]{found['preregistration']}[/bold] recorded at index {found['index']}: {escape(found['title'])}"
    )
    least = [each for each in found["power"]["detectable"] if each["domain"] in found["endpoints"]]
    for each in least:
        console.print(
            f"  {each['domain']}: {each['prompts']:,} prompts detect a difference of {each['difference']:.1%}"
        )


def _print_comparison(found: Mapping[str, Any], console: Console) -> None:
    from rich.table import Table

    console.print(
        f"[bold]{found['comparison']}[/bold] recorded at index {found['index']}: "
        f"{found['before']['campaign']} against {found['after']['campaign']}"
    )
    table = Table("domain", "difference", "interval", "n", "unassessed", "equivalent")
    for domain in found["domains"]:
        figure = domain["difference"]
        equivalent = {None: "not asked", True: "yes", False: "not shown"}[domain.get("equivalent")]
        interval = f"{figure['low']:+.1%} to {figure['high']:+.1%}"
        counts = (str(figure["n"]), str(figure["unassessed"]), equivalent)
        table.add_row(domain["domain"], f"{figure['value']:+.1%}", interval, *counts)
    console.print(table)
    for cell in found["cells"]:
        if cell["regression"]:
            place = f"{cell['domain']} × {cell['strategy']} × {cell['language']}"
            console.print(f"  regression: {place}: {cell['worse']} worse, {cell['better']} better")
    for deviation in found["deviations"]:
        console.print(f"  deviates from what was preregistered: {deviation['of']}: {deviation['what']}")
