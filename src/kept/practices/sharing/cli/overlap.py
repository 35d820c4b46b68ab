"""`kept sharing overlap`: messages in files, from one organisation to the other and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import emit, json_option

if TYPE_CHECKING:
    from kept.practices.sharing.service import Service

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW = click.Path(dir_okay=False, path_type=Path)


def add_overlap(group: click.Group, service: Callable[[], Service]) -> None:
    """The verbs about private overlap."""

    @group.group(name="overlap", help="Learn what another organisation has seen too, without either showing its list.")
    def overlap() -> None:
        pass

    @overlap.command(help="Write REQUEST for the other organisation, and SECRET, which stays here.")
    @click.argument("request", type=NEW)
    @click.argument("secret", type=NEW)
    @json_option
    def ask(request: Path, secret: Path) -> None:
        from kept.practices.sharing.backends.files import write_new

        asked = service().overlap_ask()
        write_new(secret, asked.secret, mode=0o600)
        write_new(request, asked.request)
        told = {"patterns": asked.patterns, "items": asked.items}
        emit(told, f"{asked.patterns:,} patterns, {asked.items:,} hashes. Whoever answers learns the second number.")

    @overlap.command(help="Answer REQUEST of another organisation with the new file ANSWER.")
    @click.argument("request", type=FILE)
    @click.argument("answer", type=NEW)
    @json_option
    def answer(request: Path, answer: Path) -> None:
        from kept.practices.sharing.backends.files import whole, write_new

        data = service().overlap_answer(whole(request))
        write_new(answer, data)
        emit({"bytes": len(data)}, f"The answer has {len(data):,} bytes.")

    @overlap.command(help="Read ANSWER with the SECRET that was kept: what the other has of each pattern made here.")
    @click.argument("answer", type=FILE)
    @click.argument("secret", type=FILE)
    @json_option
    def learn(answer: Path, secret: Path) -> None:
        from kept.practices.sharing.backends.files import whole

        found = service().overlap_learn(whole(answer), whole(secret))
        emit(found, [f"{each.name}: {each.shared} of {each.of} hashes are there, too." for each in found])
