"""The command that watches what somebody publishes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.core.reference import load
from kept.interface.terminal import emit, json_option, session, tell, wait_for
from kept.practices.reporting import PRACTICE
from kept.practices.reporting.cli.shortened import shortened

if TYPE_CHECKING:
    from kept.practices.reporting.records import Look
    from kept.practices.reporting.service import Service

PATH = click.Path(path_type=Path)


def add(room: click.Group, service: Callable[[], Service]) -> None:
    """Mount it."""
    room.add_command(_monitor(service))


def _monitor(_: Callable[[], Service]) -> click.Command:
    @click.command()
    @click.argument("where")
    @click.option("--state", type=PATH, required=True, metavar="FILE", help="What was seen before; made at first.")
    @click.option("--trust", type=PATH, metavar="FILE", help="Your trust file.")
    @click.option("--against", type=PATH, multiple=True, metavar="FILE", help="Another's state, or a checkpoint.")
    @click.option("--every", type=click.FloatRange(min=0), default=0.0, metavar="SECONDS", help="Between looks.")
    @click.option("--times", type=click.IntRange(min=1), default=1, show_default=True, help="How many looks.")
    @json_option
    def monitor(
        where: str, state: Path, trust: Path | None, against: tuple[Path, ...], every: float, times: int
    ) -> None:
        """Watch the report published at WHERE, an address or a folder: exit 6 when something is wrong.

        It names claims that were removed, deadlines that were missed, keys that were revoked, and a log that shows
        different people different histories.
        """
        from kept.practices.reporting.records import MonitorAlarmed

        static: type[Service] = load(PRACTICE.service)
        work = static.monitor(
            where,
            state=state,
            trust=trust,
            clock=lambda: datetime.now(UTC),
            against=against,
            every=every,
            times=times,
            told=None if session().json else _tell,
        )
        try:
            looks = wait_for(work)
        except MonitorAlarmed as error:
            _emit(error.looks)
            raise
        _emit(looks)

    return monitor


def _tell(look: Look) -> None:
    """Each look as it is taken, so that whoever watches for long sees it at once."""
    shown = f": as of {look.as_of}, {look.log.get('size')} statements, {look.verified}" if look.verified else ""
    tell(f"{look.at} {look.answer}{shown}")
    for alarm in look.alarms:
        tell(f"  {'WRONG ' if alarm.wrong else ''}{alarm.kind}: {shortened(alarm.text)}")


def _emit(looks: tuple[Look, ...]) -> None:
    wrong = sum(alarm.wrong for look in looks for alarm in look.alarms)
    last = looks[-1]
    document = {
        "answer": "wrong" if wrong else last.answer,
        "looks": [
            {
                "at": look.at,
                "where": look.where,
                "answer": look.answer,
                "alarms": [{"kind": each.kind, "text": each.text, "wrong": each.wrong} for each in look.alarms],
                "changes": [change.model_dump(mode="json") for change in look.changes],
                "verified": look.verified,
                "as_of": look.as_of,
                "log": dict(look.log),
                "witnessed": "unwitnessed" if look.witnessed is None else look.witnessed,
            }
            for look in looks
        ],
    }
    emit(document, f"{document['answer']}: {last.where}")
