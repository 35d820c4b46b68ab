"""`kept disclosure advisory …`, `publish`, `credit …` and `thanks`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from kept.practices.disclosure.records.advisories import Advisory, Published
    from kept.practices.disclosure.service import Service


def add_advisories(room: click.Group, service: Callable[[], Service]) -> None:
    """The groups `advisory` and `credit`, and the verbs `publish` and `thanks`."""
    _add_texts(room, service)
    _add_credits(room, service)

    @room.command(help="Publish the advisory ID as it was written last, or revise it.")
    @click.argument("id")
    @click.option("--change", default="", metavar="TEXT", help="What a revision changes, in one line.")
    @json_option
    def publish(id: str, change: str) -> None:
        made = service().publish(id, by=current_actor(), change=change)
        number = made.advisory.revisions[-1].number
        emit(made, [f"{id} is published in revision {number}, entry {made.recorded}.", *_told(made.advisory)])


def _add_texts(room: click.Group, service: Callable[[], Service]) -> None:
    @room.group(help="What is told to the public about a weakness.")
    def advisory() -> None:
        pass

    _add_writing(advisory, service)
    _add_published(advisory, service)


def _add_writing(advisory: click.Group, service: Callable[[], Service]) -> None:
    @advisory.command(help="Print an advisory to begin with, in TOML.")
    @json_option
    def example() -> None:
        from kept.practices.disclosure.service import Service

        text = Service.advisory_example()
        emit({"toml": text}, text.splitlines())

    @advisory.command(help="Keep the advisory that FILE says, in TOML, until it is published.")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @json_option
    def new(file: Path) -> None:
        made = service().advisory_new(file.read_bytes(), where=str(file), by=current_actor())
        id = made.advisory.id
        emit(made, [f"{id} is kept. Publish it: kept disclosure publish {id}", *_told(made.advisory)])

    @advisory.command(help="Show what is kept of the advisory ID that is being written.")
    @click.argument("id")
    @json_option
    def draft(id: str) -> None:
        made = service().advisory_draft(id)
        emit(made, _told(made.advisory))


def _add_published(advisory: click.Group, service: Callable[[], Service]) -> None:
    @advisory.command(help="Show the published advisory ID.")
    @click.argument("id")
    @json_option
    def show(id: str) -> None:
        made = service().advisory_show(id)
        emit(made, _told(made.advisory))

    @advisory.command(help="Print the published advisory ID as csaf-2.0, csaf-2.1 or avid.")
    @click.argument("id")
    @click.argument("form")
    @json_option
    def form(id: str, form: str) -> None:
        made = service().advisory_form(id, form)
        text = made.content.decode()
        emit({"form": made.name, "digest": made.digest, "content": text}, text.splitlines())

    @advisory.command(name="list", help="List the published advisories, the last change first.")
    @json_option
    def listed() -> None:
        found = service().advisory_list()
        emit(found, [_line(each) for each in found] or ["No advisory was published."])


def _add_credits(room: click.Group, service: Callable[[], Service]) -> None:
    @room.group(help="Who agreed to be named for what they found.")
    def credit() -> None:
        pass

    @credit.command(help="Note that whoever sent REPORT agreed to be named NAME.")
    @click.argument("report")
    @click.argument("name")
    @json_option
    def give(report: str, name: str) -> None:
        made = service().credit_give(report, name, by=current_actor())
        emit(made, f"{made.name} may be named for {report}.")

    @credit.command(help="Name whoever sent REPORT no more: advisories that did are revised.")
    @click.argument("report")
    @json_option
    def withdraw(report: str) -> None:
        found = service().credit_withdraw(report, by=current_actor())
        emit(found, ["The name is forgotten.", *[f"{each.advisory.id} was revised." for each in found]])

    @room.command(help="List those who agreed to be named for published advisories.")
    @json_option
    def thanks() -> None:
        found = service().thanks()
        emit(found, [f"{each.name}: {', '.join(each.advisories)}" for each in found] or ["Nobody yet."])


def _line(each: Published) -> str:
    made = each.advisory
    return f"{made.id}  {made.severity}  revision {made.revisions[-1].number}, {made.revisions[-1].date}  {made.title}"


def _told(made: Advisory) -> list[str]:
    return [
        f"{made.id}: {made.title} ({made.severity})",
        *made.summary.splitlines(),
        *[f"{each.family} {each.version}: {each.standing}" for each in made.products],
        *[f"{each.remedy}, {each.date}: {' '.join(each.text.split())}" for each in made.remediations],
        *[f"Revision {each.number}, {each.date}: {each.text}" for each in made.revisions],
        *[f"Thanks to {name}" for name in made.credits],
    ]
