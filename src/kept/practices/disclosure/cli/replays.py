"""`kept disclosure replay, replays, worker, settle`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option, tell_confinement, wait_for
from kept.practices.disclosure.cli.identities import identity_option, read_identities

if TYPE_CHECKING:
    from kept.practices.disclosure.records.replays import Replay
    from kept.practices.disclosure.service import Service

SEVERITY = click.Choice(["low", "medium", "high", "critical"])


def add_replays(room: click.Group, service: Callable[[], Service]) -> None:
    """The verbs of replay."""
    _add_asking(room, service)
    _add_working(room, service)


def _add_asking(room: click.Group, service: Callable[[], Service]) -> None:
    @room.command(help="Replay REPORT as its programme fixed beforehand, on every version in scope.")
    @click.argument("report")
    @click.option("--severity", type=SEVERITY, default=None, help="For which severity; as triage found it, or claimed.")
    @click.option(
        "--conversation",
        "conversations",
        type=click.IntRange(1),
        multiple=True,
        help="The number of a conversation of the report, again for another; else all that the budget holds.",
    )
    @click.option(
        "--worker",
        "identity",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The identity file of the replay worker, which then runs here; else it is queued for it.",
    )
    @json_option
    def replay(report: str, severity: str | None, conversations: tuple[int, ...], identity: Path | None) -> None:
        work = service().replay(
            report,
            severity=severity or "",
            conversations=conversations,
            identity=identity.resolve() if identity else None,
            by=current_actor(),
        )
        made = wait_for(work)
        emit(made, _told(made))

    @room.command(help="List the replays, the latest first.")
    @click.option("--report", default="", help="Of one report.")
    @json_option
    def replays(report: str) -> None:
        found = service().replays(report=report, by=current_actor())
        emit(found, [line for each in found for line in _told(each)])


def _add_working(room: click.Group, service: Callable[[], Service]) -> None:
    @room.command(help="Be the isolated replay worker: do what is queued, confined, with keys of its own.")
    @identity_option
    @click.option("--replay", "only", default="", help="One replay alone.")
    @json_option
    def worker(files: tuple[Path, ...], only: str) -> None:
        import asyncio

        # Not on uvloop: what it connects to passes by the hooks that confine this process.
        done = asyncio.run(service().worker(identities=read_identities(files), only=only, heard=tell_confinement))
        lines = [
            f"Surveyed: {', '.join(done.surveyed) or 'nothing'}",
            f"Replayed: {', '.join(done.replayed) or 'nothing'}",
        ]
        emit(done, [*lines, *[f"Standing still: {each}" for each in done.waiting]])

    @room.command(help="Record the plans of what the worker surveyed, and what its replays came to.")
    @click.option("--close", default="", help="Record this replay as abandoned, though attempts are left.")
    @json_option
    def settle(close: str) -> None:
        done = wait_for(service().settle(close=close, by=current_actor()))
        lines = [
            f"Queued: {done.queued}",
            f"Planned: {', '.join(done.planned) or 'nothing'}",
            f"Recorded: {', '.join(done.recorded) or 'nothing'}",
        ]
        emit(done, [*lines, *[f"Standing still: {each}" for each in done.waiting]])


def _told(made: Replay) -> list[str]:
    of = f"  try {made.submission} of weakness {made.weakness}" if made.weakness else ""
    lines = [f"{made.id}  {made.report}  {made.purpose}  {made.state}{of}"]
    if made.offer:
        lines.append(
            f"  Planned at index {made.plan}: {made.offer.attempts} attempts for each conversation "
            f"({made.offer.conversations}) on each version ({made.offer.versions}); the bound must reach "
            f"{made.offer.threshold / 1e6:g}"
        )
    for each in made.results:
        if each.entry is not None:
            succeeded, verdict = each.counted.count("s"), "came back" if each.reproduced else "not shown"
            lines.append(
                f"  {each.model}, conversation {each.conversation or 1}: {succeeded} of {len(each.counted)}, at least "
                f"{each.bound / 1e6:.4f}: {verdict} (index {each.entry})"
            )
    lines += [
        f"  Conversation {each.number} is left out. {each.problem}" for each in made.conversations if each.problem
    ]
    if made.confinement is not None:
        lines.append(f"  The worker was confined: {', '.join(made.confinement) or 'not at all'}")
    if made.first and made.first != made.report:
        lines.append(f"  First reported as {made.first}")
    if made.problem:
        lines.append(f"  {made.problem}")
    return lines
