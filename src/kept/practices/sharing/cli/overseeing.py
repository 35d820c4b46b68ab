"""`kept sharing waiting`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from kept.practices.sharing.records.overseeing import Waiting
    from kept.practices.sharing.service import Service


def add_overseeing(room: click.Group, service: Callable[[], Service]) -> None:
    """The verb `waiting`."""

    @room.command(help="Show what waits for somebody: notices, patterns, answers, drafts, peers.")
    @json_option
    def waiting() -> None:
        found = service().waiting(by=current_actor())
        emit(found, list(_lines(found)) or ["Nothing waits for anybody."])


def _lines(found: Waiting) -> Iterator[str]:
    for notice in found.notices:
        yield f"notice {notice.id}  {notice.state}  due {notice.due}  {notice.peer}: {notice.title}"
    if found.arrived:
        yield f"{found.arrived:,} patterns came since the last replay: kept sharing replay"
    for replay in found.unended:
        yield f"replay {replay.id}  {replay.state}  {replay.made} of {replay.planned}  {replay.model}"
    for answer in found.answers:
        yield f"answer {answer.replay}  {answer.peer} wasn't told: kept sharing sightings send, or withhold"
    for draft in found.votes:
        yield f"vote {draft.draft.id}  closes {draft.draft.closes}  {draft.draft.group}: {draft.draft.title}"
    for draft in found.assents:
        yield f"sign {draft.draft.id}  {draft.draft.group}: {draft.draft.title}"
    for each in found.outgoing:
        yield f"outbox {each.peer}  {each.objects:,} objects since {each.since}"
    for peer in found.silent:
        yield f"silent {peer.name}  heard of {peer.heard}"
    for one in found.costly:
        yield f"costly {one.peer}  not all of its patterns were tried on {one.prompts:,} prompts, last {one.last}"
