"""`kept weights watch`, `import-log` and `cases`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option, tell

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.weights.records.insiders import Case, Watched
    from kept.practices.weights.service import Service

_PAUSE = 2.0
_LINES = 10


def add_watching(group: click.Group, service: Callable[[], Service]) -> None:
    """Add the verbs of those who watch."""
    group.add_command(_cases_group(service))

    @group.command(help="Read what the broker wrote since the last time; show accesses and alarms, by pseudonym.")
    @click.option("--follow", is_flag=True, help="Go on until Ctrl-C; under --json, one value for each look.")
    @json_option
    def watch(follow: bool) -> None:
        if follow:
            _follow(service())
            return
        found = service().watch(by=current_actor())
        emit(found, lambda console: _print(found, console))

    @group.command(name="import-log", help="Watch a log of another system at PATH, from its start to its end.")
    @click.argument("path")
    @click.option("--format", "form", type=click.Choice(["cert", "csv", "jsonl"]), required=True, help="Its format.")
    @click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="Which column holds which field.")
    @click.option("--name", default="", help="What to call it; that of the format without it.")
    @json_option
    def import_log(path: str, form: str, mapping: tuple[str, ...], name: str) -> None:
        found = service().import_log(path, form=form, mapping=mapping, name=name, by=current_actor())
        emit(found, lambda console: _print(found, console))


def _cases_group(service: Callable[[], Service]) -> click.Group:
    @click.group(name="cases", help="Alarms, and the cases that two people open together.")
    def group() -> None:
        pass

    @group.command(name="list", help="Every alarm, the newest first, by pseudonym.")
    @click.option("--state", default="", type=click.Choice(["", "raised", "opened", "confirmed", "dismissed"]))
    @json_option
    def list_cases(state: str) -> None:
        found = service().cases_list(state=state, by=current_actor())
        emit(found, lambda console: _print_cases(found, console))

    @group.command(help="One case; the name shows where two people opened it.")
    @click.argument("alarm")
    @json_option
    def show(alarm: str) -> None:
        _emit(service().cases_show(alarm, by=current_actor()))

    @group.command(name="open", help="Open a case, as the first or the second of two people.")
    @click.argument("alarm")
    @json_option
    def open_case(alarm: str) -> None:
        _emit(service().cases_open(alarm, by=current_actor()))

    @group.command(help="Say what a case was; a dismissed one raises that person's thresholds for what was harmless.")
    @click.argument("alarm")
    @click.option("--outcome", type=click.Choice(["confirmed", "dismissed"]), required=True)
    @click.option("--note", required=True, help="Why; it stays in the store.")
    @json_option
    def close(alarm: str, outcome: str, note: str) -> None:
        _emit(service().cases_close(alarm, outcome=outcome, note=note, by=current_actor()))

    return group


def _follow(service: Service) -> None:
    """Look again and again; what is shown once isn't shown twice."""
    import time

    by, last = current_actor(), 0
    try:
        while True:
            found = service.watch(by=by)
            fresh = tuple(event for event in found.recent if event.number > last)
            last = max([last, *(event.number for event in fresh)])
            if fresh or found.alarms:
                _emit_look(replace(found, recent=fresh))
            time.sleep(_PAUSE)
    except KeyboardInterrupt:
        tell("No longer watching.")


def _emit_look(found: Watched) -> None:
    def render(console: Console) -> None:
        _print_events(found, console)
        _print_cases(found.alarms, console)

    emit({"events": [asdict(event) for event in found.recent], "alarms": found.alarms}, render)


def _emit(found: Case) -> None:
    emit(found, lambda console: _print_case(found, console))


def _print(found: Watched, console: Console) -> None:
    console.print(f"{found.source}: {found.events:,} events since; {found.people:,} people over {found.days:,} days.")
    _print_events(replace(found, recent=found.recent[-_LINES:]), console)
    _print_cases(found.alarms, console)
    if not found.alarms:
        console.print("No new alarm.")
    for first, second, strength in found.pairs:
        console.print(f"{first} and {second} approve each other beyond chance (1 in 10^{strength:.0f}).")


def _print_events(found: Watched, console: Console) -> None:
    for event in found.recent:
        what = event.tensors or event.file[:12]
        line = f"{event.moment:%Y-%m-%d %H:%M:%S} {event.actor} {event.outcome} {what} {event.bytes:,} {event.code}"
        console.print(line, markup=False)


def _print_cases(found: tuple[Case, ...], console: Console) -> None:
    for each in found:
        console.print(f"{each.id}  {each.day}  {each.tier}  {each.person}  {_state(each)}", markup=False)
        console.print(f"    {each.words}", markup=False)


def _print_case(found: Case, console: Console) -> None:
    console.print(f"{found.id}, {found.day}, {found.tier}: {_state(found)}", markup=False)
    console.print(f"{found.name or found.person}: {found.words}", markup=False)
    if found.note:
        console.print(f"{found.closed_by}: {found.note}", markup=False)


def _state(found: Case) -> str:
    if found.state == "raised" and found.opened_by:
        return "raised; one person wants to open it"
    return found.state
