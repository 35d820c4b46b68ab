"""`kept sharing channel check` and `release record`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option, wait_for

if TYPE_CHECKING:
    from kept.practices.sharing.service import Service


def add_stating(room: click.Group, service: Callable[[], Service]) -> None:
    """The groups `channel` and `release`."""

    @room.group(help="The channel to other organisations.")
    def channel() -> None:
        pass

    @channel.command(help="Ask one's own channel from outside, and record that it answers.")
    @json_option
    def check() -> None:
        receipt = wait_for(service().channel_check(by=current_actor()))
        emit({"index": receipt.index}, f"The channel is open, entry {receipt.index}.")

    @room.group(help="What was shared.")
    def release() -> None:
        pass

    @release.command(help="Record how much was shared from the day SINCE to the day UNTIL.")
    @click.argument("since")
    @click.argument("until")
    @json_option
    def record(since: str, until: str) -> None:
        receipt = service().release_record(since, until, by=current_actor())
        emit({"index": receipt.index}, f"Recorded in entry {receipt.index}.")
