"""`kept provenance`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.practices.provenance.cli.content import add_content
from kept.practices.provenance.cli.keys import keys_group
from kept.practices.provenance.cli.many import add_many
from kept.practices.provenance.cli.stating import add_stating

if TYPE_CHECKING:
    from kept.practices.provenance.service import Service


def commands(service: Callable[[], Service]) -> click.Group:
    """The room's verbs."""

    @click.group(name="provenance", help="Mark what the model makes, and tell anyone whether it did.")
    def group() -> None:
        pass

    add_content(group, service)
    add_many(group, service)
    add_stating(group, service)
    group.add_command(keys_group(service))
    return group
