"""The room's commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from kept_greeting.service import Service


def commands(service: Callable[[], Service]) -> click.Group:
    """`kept greeting …`."""

    @click.group(help="Greet, and record it.")
    def greeting() -> None:
        pass

    @greeting.command()
    @click.argument("name")
    @json_option
    def greet(name: str) -> None:
        """Greet NAME and record it."""
        done = service().greet(name, by=current_actor())
        emit(done, f"{done.text} (recorded at index {done.index})")

    @greeting.command()
    @json_option
    def heard() -> None:
        """How many greetings the follower has counted."""
        number = service().heard()
        emit({"heard": number}, f"{number} greetings heard")

    return greeting
