"""`kept disclosure`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.practices.disclosure.cli.advisories import add_advisories
from kept.practices.disclosure.cli.intake import add_intake
from kept.practices.disclosure.cli.keys import add_keys
from kept.practices.disclosure.cli.programmes import add_programmes, add_security_txt
from kept.practices.disclosure.cli.replays import add_replays
from kept.practices.disclosure.cli.rewards import add_rewards
from kept.practices.disclosure.cli.signing import add_signing
from kept.practices.disclosure.cli.threads import add_sealing, add_threads
from kept.practices.disclosure.cli.triage import add_triage

if TYPE_CHECKING:
    from kept.practices.disclosure.service import Service


def commands(service: Callable[[], Service]) -> click.Group:
    """The room's verbs."""

    @click.group(name="disclosure", help="Hear of weaknesses from strangers, check them, reward them, publish them.")
    def group() -> None:
        pass

    add_programmes(group, service)
    add_security_txt(group, service)
    add_advisories(group, service)
    add_signing(group, service)
    add_triage(group, service)
    add_keys(group, service)
    add_intake(group, service)
    add_threads(group, service)
    add_sealing(group)
    add_replays(group, service)
    add_rewards(group, service)
    return group
