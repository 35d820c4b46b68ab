"""`kept weights watch-link`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from kept.practices.weights.service import Service


def add_viewing(group: click.Group, service: Callable[[], Service]) -> None:
    """The verb `watch-link`."""

    @group.command(name="watch-link", help="A link that lets you onto the watch page of `kept serve`, once.")
    @click.option("--at", default="http://127.0.0.1:8080", show_default=True, help="Where `kept serve` listens.")
    @json_option
    def watch_link(at: str) -> None:
        link = service().watch_link(by=current_actor())
        url = at.rstrip("/") + link.path
        emit({"url": url, "until": link.until}, [url, f"It works once, until {link.until}."])
