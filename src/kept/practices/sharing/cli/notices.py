"""`kept sharing notices …` and `roster …`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option, wait_for

if TYPE_CHECKING:
    from kept.practices.sharing.records.urgency import Notice, Roster, Watch
    from kept.practices.sharing.service import Service

_TIME = click.DateTime(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


def add_notices(room: click.Group, service: Callable[[], Service]) -> None:
    """The groups `notices` and `roster`."""
    _add_roster(room, service)

    @room.group(help="Urgent matters that partners told of, and their clocks.")
    def notices() -> None:
        pass

    @notices.command(help="Take in what came, and note who is called by now.")
    @json_option
    def look() -> None:
        called = service().notices_look()
        emit({"called": called}, f"{called} called.")

    @notices.command(name="list", help="List what waits for an answer.")
    @click.option("--all", "everything", is_flag=True, help="Also what was answered.")
    @json_option
    def listed(everything: bool) -> None:
        found = service().notices_list(all=everything, by=current_actor())
        emit(found, [_line(each) for each in found] or ["Nothing waits for an answer."])

    @notices.command(help="Show NOTICE, who was called when, and what was shared.")
    @click.argument("notice", type=int)
    @json_option
    def show(notice: int) -> None:
        found = service().notices_show(notice, by=current_actor())
        called = [f"called at {each.at:%Y-%m-%d %H:%M}: {each.person} (step {each.level})" for each in found.calls]
        emit(found, [_line(found.notice), *called])

    @notices.command(help="Answer NOTICE, and tell its sender so.")
    @click.argument("notice", type=int)
    @click.option("--note", default="", help="What to tell them.")
    @json_option
    def acknowledge(notice: int, note: str) -> None:
        made = wait_for(service().notices_acknowledge(notice, note=note, by=current_actor()))
        emit(made, _line(made))


def _add_roster(room: click.Group, service: Callable[[], Service]) -> None:
    @room.group(help="Who is on call; times are UTC, as 2026-12-01T08:00.")
    def roster() -> None:
        pass

    @roster.command(help="Show who is on call, and the gaps to come.")
    @json_option
    def show() -> None:
        found = service().roster_show(by=current_actor())
        emit(found, _shown(found))

    @roster.command(help="Put PERSON (an id) on call from BEGINS to ENDS.")
    @click.argument("person")
    @click.argument("begins", type=_TIME)
    @click.argument("ends", type=_TIME)
    @click.option("--level", default=0, help="0 is called first.")
    @json_option
    def add(person: str, begins: datetime, ends: datetime, level: int) -> None:
        found = service().roster_add(_watch(person, begins, ends, level), by=current_actor())
        emit(found, _shown(found))

    @roster.command(help="Take the watch of PERSON from BEGINS to ENDS off the roster.")
    @click.argument("person")
    @click.argument("begins", type=_TIME)
    @click.argument("ends", type=_TIME)
    @click.option("--level", default=0, help="Its level.")
    @json_option
    def remove(person: str, begins: datetime, ends: datetime, level: int) -> None:
        found = service().roster_remove(_watch(person, begins, ends, level), by=current_actor())
        emit(found, _shown(found))


def _watch(person: str, begins: datetime, ends: datetime, level: int) -> Watch:
    from kept.practices.sharing.records.urgency import Watch

    return Watch(person, level, begins.replace(tzinfo=UTC), ends.replace(tzinfo=UTC))


def _shown(found: Roster) -> list[str]:
    return [
        f"On call now: {', '.join(found.now) or 'nobody'}",
        *[
            f"level {each.level}: {each.person}, {each.begins:%Y-%m-%d %H:%M} to {each.ends:%Y-%m-%d %H:%M}"
            for each in found.watches
        ],
        *[f"nobody first: {each.begins:%Y-%m-%d %H:%M} to {each.ends:%Y-%m-%d %H:%M}" for each in found.gaps],
    ]


def _line(each: Notice) -> str:
    told = f"by {each.by}" if each.by else f"due {each.due}"
    called = f"; called: {', '.join(each.called)}" if each.called else ""
    return f"{each.id}  {each.state}  {each.channel}, {each.urgency}  {told}  {each.peer}: {each.title}{called}"
