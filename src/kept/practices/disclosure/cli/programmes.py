"""`kept disclosure programme …`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option, wait_for

if TYPE_CHECKING:
    from kept.practices.disclosure.records import Programme
    from kept.practices.disclosure.service import Service


def add_programmes(room: click.Group, service: Callable[[], Service]) -> None:
    """The group `programme`."""

    @room.group(help="What is in scope, what is asked of reporters and promised to them, and what they are paid.")
    def programme() -> None:
        pass

    _add_writing(programme, service)
    _add_showing(programme, service)
    _add_power(programme, service)


def add_security_txt(room: click.Group, service: Callable[[], Service]) -> None:
    """The verb `security-txt`."""

    @room.command(name="security-txt", help="Print what /.well-known/security.txt says.")
    @json_option
    def security_txt() -> None:
        text = service().security_txt()
        emit({"text": text}, text.splitlines())


def _add_writing(programme: click.Group, service: Callable[[], Service]) -> None:
    @programme.command(help="Print a programme to begin with, in TOML.")
    @json_option
    def example() -> None:
        from kept.practices.disclosure.service import Service

        text = Service.programme_example()
        emit({"toml": text}, text.splitlines())

    @programme.command(help="Keep the programme that FILE says, in TOML, until it is published.")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @json_option
    def new(file: Path) -> None:
        draft = service().programme_new(file.read_bytes(), where=str(file), by=current_actor())
        emit(draft, f"{draft.name} is kept. Publish it: kept disclosure programme publish {draft.name}")

    @programme.command(help="Publish what was written last under NAME, for the models as they are now.")
    @click.argument("name")
    @json_option
    def publish(name: str) -> None:
        made = wait_for(service().programme_publish(name, by=current_actor()))
        emit(made, [f"{made.name} is published in version {made.version}.", *_told(made)])

    @programme.command(help="Record that a programme takes no more reports.")
    @click.argument("name")
    @json_option
    def close(name: str) -> None:
        made = service().programme_close(name, by=current_actor())
        emit(made, f"{made.name} takes no more reports, by version {made.version}.")


def _add_showing(programme: click.Group, service: Callable[[], Service]) -> None:
    @programme.command(help="Show a published programme.")
    @click.argument("name")
    @click.option("--version", default=0, help="Which version (the latest).")
    @json_option
    def show(name: str, version: int) -> None:
        made = service().programme_show(name, version=version)
        emit(made, [f"{made.draft.title}: {made.name}, version {made.version}, {made.published}", *_told(made)])

    @programme.command(name="list", help="List the published programmes.")
    @click.option("--closed", is_flag=True, help="Also those that take no more reports.")
    @json_option
    def listed(closed: bool) -> None:
        found = service().programme_list(closed=closed)
        emit(found, [f"{each.name}  version {each.version}  {_state(each)}  {each.draft.title}" for each in found])


def _add_power(programme: click.Group, service: Callable[[], Service]) -> None:
    @programme.command(help="Show what a weakness must show to be paid by NAME, and how probably what works passes.")
    @click.argument("name")
    @json_option
    def power(name: str) -> None:
        found = service().programme_power(name)
        lines = []
        for severity, offer, needed, powers in found.gates:
            lines.append(
                f"{severity}: {needed} of {offer.attempts} must succeed, for a rate of {offer.threshold / 1e6:g}"
            )
            lines += [f"  a true rate of {each.rate:g} passes with {each.passes:.4f}" for each in powers]
        emit(found, lines)


def _told(made: Programme) -> list[str]:
    draft = made.draft
    return [
        f"State: {_state(made)}",
        *[f"In scope: {each.name} ({each.established}, {each.id})" for each in made.scope],
        *[
            f"{each.severity}: {each.amount} {draft.currency} where the lower bound of {each.replays} replays is at "
            f"least {each.threshold:g}"
            for each in draft.terms
        ],
        *[f"Contest {each.id}: {each.opens} to {each.closes}" for each in draft.contests],
        f"Safe harbour: {made.safe_harbour_digest}",
        f"Scope: {made.scope_digest}",
    ]


def _state(made: Programme) -> str:
    return "takes reports" if made.active else "closed"
