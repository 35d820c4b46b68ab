"""`kept notify`: who is told of what is due, and whether messages reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option
from kept.surfaces.session import opened

if TYPE_CHECKING:
    from kept.core.notify.records import Told


@click.group()
def notify() -> None:
    """Tell people what is due, test whether messages reach them, and list who was told."""


@notify.command()
@json_option
@click.pass_context
def look(context: click.Context) -> None:
    """Tell what is due now; `kept serve` does it by itself, and without one a timer of the machine may."""
    found = opened(context).notifier.look()
    emit(found, [f"{found.told} told, {len(found.failed)} failed.", *found.failed])


@notify.command("list")
@click.option("--failed", is_flag=True, help="Only what failed, or waits after a failure.")
@json_option
@click.pass_context
def list_told(context: click.Context, *, failed: bool) -> None:
    """List who was told of what, the latest first."""
    found = opened(context).notifier.list(failed=failed, by=current_actor())
    emit(found, [_line(each) for each in found] or ["Nobody was told of anything."])


@notify.command()
@click.argument("person")
@json_option
@click.pass_context
def test(context: click.Context, *, person: str) -> None:
    """Send a test message to PERSON by each of their ways."""
    found = opened(context).notifier.test(person, by=current_actor())
    emit(found, [f"{each.person}  {each.way}  {each.why or 'taken'}" for each in found])


def _line(each: Told) -> str:
    when = each.ended or each.begun
    why = f"  {each.why}" if each.why else ""
    who = f"{each.person}  {each.way}" if each.person else "nobody"
    return f"{when}  {each.state}  {each.subject} ({each.room}), {each.clock}  {who}{why}"
