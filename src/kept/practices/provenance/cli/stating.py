"""`kept provenance policy`, `summary` and `demonstrate`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kept.interface.terminal import current_actor, emit, json_option, wait_for

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.provenance.service import Service


def add_stating(group: click.Group, service: Callable[[], Service]) -> None:
    """Add the verbs that state something, and the one that shows it."""
    group.add_command(_policy_group(service))
    group.add_command(_summary_group(service))
    group.add_command(_tool_group(service))

    @group.command(help="Write a picture, its marked and attacked copies, and their verdicts into the folder OUT.")
    @click.argument("out", type=click.Path(path_type=Path, file_okay=False))
    @click.option("--model", required=True, help="Its id (sha256:…), its name in kept.toml, or its URI.")
    @click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="Yours; one is drawn without it.")
    @json_option
    def demonstrate(out: Path, model: str, picture: Path | None) -> None:
        from kept.practices.provenance.backends.places import PLACES
        from kept.practices.provenance.methods import media

        data = PLACES.read(str(picture), limit=media.LIMITS.bytes, named=True) if picture else b""
        found = service().demonstrate(out, model=model, data=data)
        emit(found, lambda console: _print_copies(found, console))


def _policy_group(service: Callable[[], Service]) -> click.Group:
    @click.group(name="policy", help="The marking policy in force.")
    def group() -> None:
        pass

    @group.command(help="Show it as it is now, and where the same was recorded.")
    @json_option
    def show() -> None:
        found = service().policy_show()
        emit(found, lambda console: _print_policy(found, console))

    @group.command(help="Record it as it is now: keys, algorithms, gate, and that no user data is in a mark.")
    @click.option("--words", default="", help="What you add; it is published, and names nobody.")
    @json_option
    def record(words: str) -> None:
        receipt = service().policy_record(words=words, by=current_actor())
        emit({"recorded": receipt.index}, f"Recorded as entry {receipt.index}.")

    return group


def _summary_group(service: Callable[[], Service]) -> click.Group:
    @click.group(name="summary", help="How much was marked.")
    def group() -> None:
        pass

    @group.command(help="Record how much was marked from one day to another, by model, media and key.")
    @click.option("--since", required=True, metavar="DAY", help="The first day, as 2026-11-28.")
    @click.option("--until", required=True, metavar="DAY", help="The last day.")
    @json_option
    def record(since: str, until: str) -> None:
        receipt = service().summary_record(since, until, by=current_actor())
        emit({"recorded": receipt.index}, f"Recorded as entry {receipt.index}.")

    return group


def _tool_group(service: Callable[[], Service]) -> click.Group:
    @click.group(name="tool", help="The tool by which the public checks content.")
    def group() -> None:
        pass

    @group.command(help="Ask the tool at URL about a marked and an unmarked picture; record it where both are right.")
    @click.argument("url")
    @click.option("--what", required=True, help="What it does, on one line; published.")
    @click.option("--model", required=True, help="Under which a picture is marked for this.")
    @click.option("--public/--not-public", default=True, show_default=True, help="Whether everybody may use it.")
    @json_option
    def confirm(url: str, what: str, model: str, public: bool) -> None:
        found = service().tool_confirm(url, what=what, model=model, public=public, by=current_actor())
        receipt = wait_for(found)
        emit({"recorded": receipt.index}, f"It answers right. Recorded as entry {receipt.index}.")

    return group


def _print_policy(found: Mapping[str, Any], console: Console) -> None:
    policy = found["policy"]
    for one in policy["media"]:
        console.print(f"{one['media']}: {one['algorithm']}")
    for one in policy["keys"]:
        console.print(f"key {one['id']}: {one['state']} since {one['changed']}")
    console.print(
        f"manifest: {policy['manifest']}; gate {policy['gate']:g}; {policy['payload_bits']} bits, no user data"
    )
    recorded = found["recorded"]
    console.print("Not recorded as it is now." if recorded is None else f"Recorded as entry {recorded}.")


def _print_copies(found: tuple[Mapping[str, Any], ...], console: Console) -> None:
    from rich.table import Table

    table = Table("file", "verdict", "origin", "conflicts", "mark")
    for row in found:
        chance = "" if row["p_value"] is None else f"{row['p_value']:.0e}"
        table.add_row(row["file"], row["verdict"], row["origin"], ", ".join(row["conflicts"]), chance)
    console.print(table)
