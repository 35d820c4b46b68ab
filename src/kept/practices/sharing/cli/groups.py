"""`kept sharing groups …`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kept.interface.terminal import current_actor, emit, json_option, wait_for

if TYPE_CHECKING:
    from kept.practices.sharing.records.groups import Standing
    from kept.practices.sharing.service import Service

_TIME = click.DateTime(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


def add_groups(room: click.Group, service: Callable[[], Service]) -> None:
    """The group `groups`."""

    @room.group(help="Working groups: what members draft together, how they vote, and what they stand by.")
    def groups() -> None:
        pass

    _add_writing(groups, service)

    @groups.command(name="list", help="List the drafts, the one that closes last first.")
    @json_option
    def listed() -> None:
        found = service().groups_list(by=current_actor())
        emit(found, [_line(each) for each in found] or ["There is no draft."])

    @groups.command(help="Show DRAFT with what was said of it and what the votes come to.")
    @click.argument("draft")
    @json_option
    def show(draft: str) -> None:
        found = service().groups_show(draft, by=current_actor())
        emit(found, _told(found))

    @groups.command(help="Stand by DRAFT, which was adopted with one's own vote: signed and recorded.")
    @click.argument("draft")
    @json_option
    def sign(draft: str) -> None:
        found = wait_for(service().groups_sign(draft, by=current_actor()))
        emit(found, _told(found))


def _add_writing(groups: click.Group, service: Callable[[], Service]) -> None:
    @groups.command(help="Propose the text in FILE to the members of GROUP.")
    @click.argument("group")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--title", required=True)
    @click.option("--kind", type=click.Choice(["pattern", "definition", "practice"]), default="definition")
    @click.option(
        "--member", "members", multiple=True, required=True, help="An organisation that votes; also one's own."
    )
    @click.option("--closes", type=_TIME, required=True, help="When the vote closes (UTC), as 2026-12-24T12:00.")
    @click.option("--collection", required=True, help="Where it stands.")
    @click.option("--peer", default="", help="Whose collection that is; one's own without it.")
    @click.option("--tlp", default="green", help="How far it may go.")
    @json_option
    def draft(group: str, file: Path, closes: datetime, kind: Any, **more: Any) -> None:
        from kept.practices.sharing.backends.files import text

        work = service().groups_draft(
            group, kind, more.pop("title"), text(file), closes=closes.replace(tzinfo=UTC), by=current_actor(), **more
        )
        made = wait_for(work)
        emit(made, f"{made.id} is proposed to {', '.join(made.members)}, and closes at {made.closes}.")

    @groups.command(help="Say TEXT about DRAFT.")
    @click.argument("draft")
    @click.argument("text")
    @json_option
    def comment(draft: str, text: str) -> None:
        found = wait_for(service().groups_comment(draft, text, by=current_actor()))
        emit(found, _told(found))

    @groups.command(help="Vote on DRAFT as an organisation; the last vote before the close counts.")
    @click.argument("draft")
    @click.argument("choice", type=click.Choice(["yes", "no", "abstain"]))
    @click.option("--note", default="", help="Why, for the members.")
    @json_option
    def vote(draft: str, choice: Any, note: str) -> None:
        found = wait_for(service().groups_vote(draft, choice, note=note, by=current_actor()))
        emit(found, _told(found))


def _line(each: Standing) -> str:
    made = each.draft
    return f"{made.id}  {each.result.decision}  {made.group}, {made.kind}: {made.title}  closes {made.closes}"


def _told(each: Standing) -> list[str]:
    found = each.result
    counted = [("yes", found.yes), ("no", found.no), ("abstained", found.abstained), ("signed", each.signed)]
    return [
        _line(each),
        *each.draft.text.splitlines(),
        *[f"{word}: {', '.join(names)}" for word, names in counted if names],
        *[f"doesn't count ({vote.why}): {vote.vote.member}, {vote.vote.choice}" for vote in found.votes if vote.why],
        *[f"{said.member}: {' '.join(said.text.split())}" for said in each.comments],
    ]
