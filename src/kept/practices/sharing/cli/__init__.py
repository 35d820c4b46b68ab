"""`kept sharing`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.practices.sharing.cli.collections import add_collections
from kept.practices.sharing.cli.exchanging import add_exchanging
from kept.practices.sharing.cli.groups import add_groups
from kept.practices.sharing.cli.matching import add_matching
from kept.practices.sharing.cli.notices import add_notices
from kept.practices.sharing.cli.objects import add_objects
from kept.practices.sharing.cli.overlap import add_overlap
from kept.practices.sharing.cli.overseeing import add_overseeing
from kept.practices.sharing.cli.peers import add_peers
from kept.practices.sharing.cli.replays import add_replays
from kept.practices.sharing.cli.stating import add_stating

if TYPE_CHECKING:
    from kept.practices.sharing.service import Service


def commands(service: Callable[[], Service]) -> click.Group:
    """The room's verbs."""

    @click.group(name="sharing", help="Share weaknesses with companies and governments, by STIX and TAXII.")
    def group() -> None:
        pass

    add_overseeing(group, service)
    add_peers(group, service)
    add_collections(group, service)
    add_exchanging(group, service)
    add_replays(group, service)
    add_notices(group, service)
    add_groups(group, service)
    add_stating(group, service)
    add_objects(group, service)
    add_matching(group, service)
    add_overlap(group, service)
    return group
