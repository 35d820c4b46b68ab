"""`kept red-team`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kept.interface import terminal
from kept.practices.red_team.cli.external import external_group
from kept.practices.red_team.cli.foreign import dataset_group, evaluation_group
from kept.practices.red_team.cli.judges import add_judges
from kept.practices.red_team.cli.releases import add_releases
from kept.practices.red_team.cli.sections import read_section

if TYPE_CHECKING:
    from rich.console import Console

    from kept.core.assessment import Assessed
    from kept.practices.red_team.service import Service


def commands(service: Callable[[], Service]) -> click.Group:
    """The room's verbs."""

    @click.group(name="red-team", help="Attack a model, measure what holds, show what was not tested.")
    def group() -> None:
        pass

    @group.command(help="Run a campaign on MODEL: a URI, or a name from kept.toml.")
    @click.argument("model")
    @click.option("--plan", type=click.Path(path_type=Path), help="A plan file; its red_team section is used.")
    @click.option("--section", metavar="YAML", help="The red_team section itself, as YAML or JSON.")
    @terminal.json_option
    def run(model: str, plan: Path | None, section: str | None) -> None:
        chosen = read_section(plan, section)
        with terminal.progress(f"red team: {model}") as progress:
            actor = terminal.current_actor()
            assessed = terminal.wait_for(service().run(model, by=actor, section=chosen, progress=progress))
        _emit_summary(assessed)

    @group.command(name="list", help="List every campaign that was opened.")
    @terminal.json_option
    def list_campaigns() -> None:
        found = service().list()
        terminal.emit(found, lambda console: _print_list(found, console))

    @group.command(help="Show one campaign: its plan and its result.")
    @click.argument("campaign")
    @terminal.json_option
    def show(campaign: str) -> None:
        found = service().show(campaign)
        terminal.emit(found, lambda console: _print_campaign(found, console))

    @group.command(help="Go on with a campaign that stopped.")
    @click.argument("campaign")
    @terminal.json_option
    def resume(campaign: str) -> None:
        with terminal.progress(f"red team: {campaign}") as progress:
            assessed = terminal.wait_for(service().resume(campaign, by=terminal.current_actor(), progress=progress))
        _emit_summary(assessed)

    @group.command(help="Close an open campaign without finishing it; the report will show it.")
    @click.argument("campaign")
    @click.option("--reason", required=True, help="Why; it is published.")
    @terminal.json_option
    def abandon(campaign: str, reason: str) -> None:
        _emit_summary(service().abandon(campaign, reason=reason, by=terminal.current_actor()))

    @group.command(help="List the probes and the harmless stand-ins that they aim at.")
    @terminal.json_option
    def probes() -> None:
        from kept.practices.red_team.service import Service as Room

        found = Room.probes()
        terminal.emit(found, lambda console: _print_probes(found, console))

    @group.command(help="List the worlds in which a model acts with tools, and the ways to do wrong in them.")
    @terminal.json_option
    def worlds() -> None:
        from kept.practices.red_team.service import Service as Room

        found = Room.worlds()
        terminal.emit(found, lambda console: _print_worlds(found, console))

    group.add_command(external_group(service))
    add_judges(group, service)
    add_releases(group, service)
    group.add_command(evaluation_group(service))
    group.add_command(dataset_group(service))
    return group


def _emit_summary(assessed: Assessed) -> None:
    summary = assessed.summary
    terminal.emit(summary, lambda console: _print_summary(summary, console))


def _print_summary(summary: Mapping[str, Any], console: Console) -> None:
    from rich.markup import escape

    made = summary["succeeded"] + summary["resisted"] + summary["unassessed"]
    console.print(f"[bold]{summary['campaign']}[/bold] {summary['state']}: {escape(summary['name'])}")
    console.print(
        f"{made:,} of {summary['planned']:,} attempts: {summary['succeeded']:,} succeeded, "
        f"{summary['resisted']:,} resisted, {summary['unassessed']:,} unassessed"
    )
    for called, key in (("finding", "findings"), ("false alarm of the measurement", "false_alarms")):
        for found in summary[key]:
            place = f"{found['domain']} × {found['strategy']} × {found['language']}"
            console.print(f"  {called}: {place}: {found['succeeded']} of {found['assessed']}")
    comparison = summary["truth_comparison"]
    if comparison:
        named = ", ".join(f"{len(comparison[key])} {key.replace('_', ' ')}" for key in ("found", "missed", "invented"))
        console.print(f"  planted flaws: {named}; decoys named: {comparison['decoys_named']} of {comparison['decoys']}")


def _print_list(found: tuple[Mapping[str, Any], ...], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table()
    table.add_column("campaign", no_wrap=True)
    for title in ("state", "model", "opened", "before it", "attempts", "findings"):
        table.add_column(title)
    for item in found:
        made = item["succeeded"] + item["resisted"] + item["unassessed"]
        count = f"{made:,}/{item['planned']:,}"
        counted = (item["opened"], str(item["earlier"]), count, str(len(item["findings"])))
        table.add_row(item["campaign"], item["state"], Text(item["name"]), *counted)
    console.print(table)


def _print_campaign(found: Mapping[str, Any], console: Console) -> None:
    from rich.table import Table

    _print_summary(found, console)
    for world, counts in found["wrongs"].items():
        if counts:
            console.print(f"  {world}: " + ", ".join(f"{wrong} in {count}" for wrong, count in counts.items()))
    if found["result"] is None:
        return
    table = Table("domain", "rate", "interval", "n", "unassessed", "method")
    for domain in found["result"]["domains"]:
        figure = domain.get("corrected") or domain["estimate"]
        rate = "inconclusive" if figure["method"].startswith("inconclusive") else f"{figure['value']:.1%}"
        interval = f"{figure['low']:.1%} to {figure['high']:.1%}"
        counts = (str(figure["n"]), str(figure["unassessed"]), figure["method"])
        table.add_row(domain["domain"], rate, interval, *counts)
    console.print(table)
    coverage = found["result"]["coverage"]
    console.print(f"{coverage['tested']} of {coverage['cells']} cells tested, {len(coverage['not_tested'])} not tested")
    stop = found["plan"]["plan"]["stop"]
    if isinstance(stop, Mapping):
        said = [cell.get("decision") for cell in found["result"]["cells"]]
        counts_said = (
            f"{said.count('below')} below",
            f"{said.count('above')} above",
            f"{said.count('open')} undecided",
        )
        console.print(f"cells against the bound {stop['bound']:.1%}: {', '.join(counts_said)}")


def _print_probes(found: tuple[Mapping[str, Any], ...], console: Console) -> None:
    from rich.table import Table

    table = Table("probe", "domain", "stand-in", "tool", "requests")
    for probe in found:
        asked = ", ".join(f"{count} {language}" for language, count in probe["requests"].items())
        table.add_row(probe["id"], probe["domain"], probe["stand_in"], probe["tool"] or "", asked)
    console.print(table)


def _print_worlds(found: tuple[Mapping[str, Any], ...], console: Console) -> None:
    from rich.table import Table

    table = Table("world", "domain", "wrong", "what it is", "in a twin")
    for world in found:
        for position, (name, about) in enumerate(world["wrongs"].items()):
            place = ("", "") if position else (world["world"], world["domain"])
            table.add_row(*place, name, about, "authorised" if name in world["authorised_in_twins"] else "")
    console.print(table)
