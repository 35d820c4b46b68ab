"""`kept weights`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.practices.weights.cli.auditing import add_auditing
from kept.practices.weights.cli.drilling import add_drilling
from kept.practices.weights.cli.leasing import add_leasing
from kept.practices.weights.cli.posture import add_posture
from kept.practices.weights.cli.releasing import add_releasing
from kept.practices.weights.cli.sealing import add_sealing
from kept.practices.weights.cli.tracing import add_tracing
from kept.practices.weights.cli.viewing import add_viewing
from kept.practices.weights.cli.watching import add_watching

if TYPE_CHECKING:
    from kept.practices.weights.service import Service


def commands(service: Callable[[], Service]) -> click.Group:
    """The room's verbs."""

    @click.group(name="weights", help="Keep weights sealed, lease them by several people, meter and watch.")
    def group() -> None:
        pass

    add_leasing(group, service)
    add_drilling(group, service)
    add_posture(group, service)
    add_viewing(group, service)
    add_sealing(group, service)
    add_releasing(group, service)
    add_tracing(group, service)
    add_auditing(group, service)
    add_watching(group, service)
    return group
