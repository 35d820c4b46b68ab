"""`kept sharing replay`, `replays`, `worker` and `sightings …`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.core.confinement import start_no_threads
from kept.interface.terminal import current_actor, emit, json_option, tell_confinement, wait_for

if TYPE_CHECKING:
    from kept.practices.sharing.records.replays import SharedReplay, Sighting
    from kept.practices.sharing.service import Service


def add_replays(room: click.Group, service: Callable[[], Service]) -> None:
    """The verbs `replay`, `replays` and `worker`, and the group `sightings`."""
    _add_replaying(room, service)
    _add_telling(room, service)


def _add_replaying(room: click.Group, service: Callable[[], Service]) -> None:
    @room.command(help="Replay what partners shared since the last time on one's own models.")
    @json_option
    def replay() -> None:
        found = wait_for(service().replay(by=current_actor()))
        emit(
            found,
            [
                f"{found.taken} patterns taken in, {found.passed} other objects passed over.",
                *[line for each in found.ended for line in _lines(each)],
                *[f"{each.id} refused, from {each.peer}: {each.why}" for each in found.refused],
            ],
        )

    @room.command(help="List the replays of what partners shared, the latest first.")
    @json_option
    def replays() -> None:
        found = service().replays(by=current_actor())
        emit(found, [line for each in found for line in _lines(each)] or ["Nothing was replayed yet."])

    @room.command(help="Be the replay worker, confined: what `replay` starts to make what is planned.")
    @json_option
    def worker() -> None:
        import asyncio

        start_no_threads()
        # Not on uvloop: what it connects to passes by the hooks that confine this process.
        done = asyncio.run(service().worker(heard=tell_confinement))
        lines = [
            f"Replayed: {', '.join(done.replayed) or 'nothing'}",
            *[f"Standing still: {each}" for each in done.waiting],
        ]
        emit(done, ["Another replay worker is at work here, and this is left to it."] if done.elsewhere else lines)


def _add_telling(room: click.Group, service: Callable[[], Service]) -> None:
    @room.group(help="What partners are told of their patterns.")
    def sightings() -> None:
        pass

    @sightings.command(name="list", help="List what partners are or can be told, the latest first.")
    @json_option
    def listed() -> None:
        found = service().sightings_list(by=current_actor())
        emit(found, [_said(each) for each in found] or ["There is nothing to tell."])

    @sightings.command(help="Tell the partner how often their pattern worked in REPLAY.")
    @click.argument("replay")
    @click.option("--collection", default="", metavar="ID", help="Another collection of theirs to send it to.")
    @json_option
    def send(replay: str, collection: str) -> None:
        made = wait_for(service().sightings_send(replay, collection=collection, by=current_actor()))
        emit(made, _said(made))

    @sightings.command(help="Don't tell the partner what came of REPLAY, and note why.")
    @click.argument("replay")
    @click.option("--reason", required=True, help="Why, in one line; it stays here.")
    @json_option
    def withhold(replay: str, reason: str) -> None:
        made = service().sightings_withhold(replay, reason=reason, by=current_actor())
        emit(made, _said(made))


def _lines(each: SharedReplay) -> list[str]:
    if each.low is None or each.high is None:
        lines = [f"{each.id}  {each.state}  {each.model}  {each.pattern}  {each.why}".rstrip()]
    else:
        share = f"{each.worked} of {each.counted}, {each.low:.2f} to {each.high:.2f}"
        lines = [f"{each.id}  {each.model}  worked {share}; truly at least {each.bound:.2f}  {each.pattern}"]
        lines += [f"  {each.why}"] if each.why else []
    if each.confinement is not None:
        lines.append(f"  The worker was confined: {', '.join(each.confinement) or 'not at all'}")
    return lines


def _said(each: Sighting) -> str:
    return f"{each.replay}  {each.state}  {each.peer}  {each.object or each.why or each.pattern}"
