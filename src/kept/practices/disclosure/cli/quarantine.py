"""`kept disclosure quarantine …`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from kept.practices.disclosure.records.quarantine import Item, Opening
    from kept.practices.disclosure.service import Service

REASON = click.option("--reason", required=True, help="Why; the triage team alone reads it.")


def add_quarantine(room: click.Group, service: Callable[[], Service]) -> None:
    """The group `quarantine`."""

    @room.group(help="Keep hazardous or illegal material out of reach: opened by two, erased in time.")
    def quarantine() -> None:
        pass

    _add_moving(quarantine, service)
    _add_opening(quarantine, service)


def _add_moving(quarantine: click.Group, service: Callable[[], Service]) -> None:
    @quarantine.command(help="Move the report of a case, or one message of its thread, into quarantine.")
    @click.argument("case")
    @click.option("--what", default="report", show_default=True, help='"report", or "message 7".')
    @REASON
    @json_option
    def move(case: str, what: str, reason: str) -> None:
        _emit(service().quarantine_move(case, what=what, reason=reason, by=current_actor()))

    @quarantine.command(name="list", help="List what lies there, by id, the next to be erased first.")
    @json_option
    def listed() -> None:
        found = service().quarantine_list(by=current_actor())
        emit(found, [_line(each) for each in found] or ["Nothing lies there."])

    @quarantine.command(help="Record to whom an item was reported, and on which legal basis.")
    @click.argument("item")
    @click.option("--to", required=True, help="The authority or office.")
    @click.option("--basis", required=True, help="The law or order.")
    @click.option("--hold-days", default=0, help="For how many days the law keeps it, from now.")
    @REASON
    @json_option
    def escalate(item: str, to: str, basis: str, hold_days: int, reason: str) -> None:
        made = service().quarantine_escalate(
            item, to=to, basis=basis, hold_days=hold_days, reason=reason, by=current_actor()
        )
        _emit(made)

    @quarantine.command(help="Erase an item now, for good: its key is destroyed.")
    @click.argument("item")
    @REASON
    @json_option
    def erase(item: str, reason: str) -> None:
        _emit(service().quarantine_erase(item, reason=reason, by=current_actor()))

    @quarantine.command(help="Erase every item whose time is over.")
    @json_option
    def sweep() -> None:
        found = service().quarantine_sweep(by=current_actor())
        emit(found, f"{len(found)} erased")


def _add_opening(quarantine: click.Group, service: Callable[[], Service]) -> None:
    @quarantine.command(help="Ask to open an item; another person has a day to agree.")
    @click.argument("item")
    @REASON
    @json_option
    def ask(item: str, reason: str) -> None:
        _emit_opening(service().quarantine_ask(item, reason=reason, by=current_actor()))

    @quarantine.command(help="Agree to an opening that somebody else asked for; it is then open for an hour.")
    @click.argument("opening")
    @json_option
    def agree(opening: str) -> None:
        _emit_opening(service().quarantine_agree(opening, by=current_actor()))

    @quarantine.command(name="open", help="Write what lies in an item to files of a new folder, for your eyes alone.")
    @click.argument("opening")
    @click.option("--out", required=True, type=click.Path(path_type=Path), help="A folder that isn't there yet.")
    @json_option
    def opened(opening: str, out: Path) -> None:
        from kept.core.keys.secret import write_private

        parts = service().quarantine_open(opening, by=current_actor())
        for name, content in parts.items():
            write_private(out / name, content)
        emit({"files": [str(out / name) for name in parts]}, [f"{out / name} is written." for name in parts])

    @quarantine.command(help="Put what was moved by mistake back in its place, under an opening by two.")
    @click.argument("opening")
    @REASON
    @json_option
    def give_back(opening: str, reason: str) -> None:
        _emit(service().quarantine_give_back(opening, reason=reason, by=current_actor()))


def _line(item: Item) -> str:
    state = f"ended {item.ended}" if item.ended else f"erased on {item.until}"
    return f"{item.id}  {item.case}  {item.what}  moved {item.moved}  {state}"


def _emit(item: Item) -> None:
    emit(item, [_line(item), *[_opening_line(each) for each in item.openings]])


def _emit_opening(opening: Opening) -> None:
    emit(opening, _opening_line(opening))


def _opening_line(opening: Opening) -> str:
    agreed = f"{opening.agreed_by} agreed" if opening.agreed_by else "nobody has agreed"
    return f"{opening.id}  {opening.item}  asked by {opening.asked_by}, {agreed}; over at {opening.until}"
