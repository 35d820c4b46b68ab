"""`kept red-team external`: inviting outsiders, their workspace, and what they say."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kept.errors import Denied, Invalid, NotFound
from kept.interface.terminal import current_actor, emit, json_option, tell, wait_for

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.red_team.records import Guest, Invitation, Session, Turn
    from kept.practices.red_team.service import Service

FILE = click.Path(path_type=Path, dir_okay=False)
LIMIT = 16 * 1024 * 1024
VARIABLE = "KEPT_INVITATION"
DAY = 86_400
_NONE_NAMED = {"models": "none", "domains": "none", "strategies": "any", "tools": "none"}
_TOLD = {"s": "succeeded", "r": "resisted", "u": "unassessed"}


def external_group(service: Callable[[], Service]) -> click.Group:
    """The verbs about and for outsiders."""

    @click.group(name="external", help="Invite outsiders, let them talk to a model, and record what they say.")
    def group() -> None:
        pass

    _add_inviting(group, service)
    _add_talking(group, service)
    _add_keeping(group, service)
    _add_saying(group, service)
    return group


def _add_inviting(group: click.Group, service: Callable[[], Service]) -> None:
    @group.command(help="Invite TESTER, an organisation; prints the token this once.")
    @click.argument("tester")
    @click.option(
        "--model", "models", multiple=True, required=True, help="A name from kept.toml, or a URI; repeatable."
    )
    @click.option("--domain", "domains", multiple=True, required=True, help="Repeatable.")
    @click.option("--strategy", "strategies", multiple=True, help="Repeatable; any, where none is named.")
    @click.option("--tool", "tools", multiple=True, help="The name of a tool that may be offered; repeatable.")
    @click.option("--requests", default=500, show_default=True, type=click.IntRange(min=1), help="The budget.")
    @click.option("--tokens", default=1_000_000, show_default=True, type=click.IntRange(min=1), help="The budget.")
    @click.option("--days", default=14, show_default=True, type=click.IntRange(1, 366), help="Until it expires.")
    @json_option
    def invite(tester: str, days: int, **told: Any) -> None:
        from datetime import UTC, datetime, timedelta

        from kept.core.context import format_time
        from kept.practices.red_team.records import Scope

        expires = format_time(datetime.now(UTC) + timedelta(seconds=days * DAY))
        made = service().external_invite(tester, Scope(expires=expires, **told), by=current_actor())
        text = f"{tester} puts this into the variable {VARIABLE}. It is not shown again."
        emit({"invitation": made.invitation, "token": made.token}, [made.token, "", text])

    @group.command(name="list", help="List every invitation and what is spent.")
    @json_option
    def list_invitations() -> None:
        found = service().external_list()
        emit(found, lambda console: _print_invitations(found, console))

    @group.command(help="End INVITATION; its open sessions end unassessed.")
    @click.argument("invitation")
    @json_option
    def revoke(invitation: str) -> None:
        ended = service().external_revoke(invitation)
        emit(ended, f"{ended.id} of {ended.tester} is {ended.state}.")


def _add_talking(group: click.Group, service: Callable[[], Service]) -> None:
    @group.command(help="Begin a conversation with MODEL in DOMAIN.")
    @click.argument("model")
    @click.argument("domain")
    @click.option("--strategy", default="free", show_default=True, help="By which means.")
    @json_option
    def start(model: str, domain: str, strategy: str) -> None:
        made = wait_for(service().external_start(_token(), model, domain=domain, strategy=strategy))
        emit(made, made.id)

    @group.command(help='Say TEXT ("-": what stands on stdin) in SESSION, and print the answer.')
    @click.argument("session")
    @click.argument("text")
    @click.option("--reply-to", default="", metavar="CALL", help="TEXT is the result of this call of a tool.")
    @json_option
    def say(session: str, text: str, reply_to: str) -> None:
        said = sys.stdin.read() if text == "-" else text
        turn = wait_for(service().external_say(_token(), session, said, reply_to=reply_to))
        emit(turn, _said(turn))

    @group.command(help="Offer the model the tools in FILE (JSON: a list of name, description, parameters).")
    @click.argument("session")
    @click.argument("file", type=FILE)
    @json_option
    def offer(session: str, file: Path) -> None:
        from kept.core import canonical

        tools = canonical.decode(_read(file), limit=LIMIT, what=str(file))
        held = service().external_offer(_token(), session, tools)
        emit(held, f"Offered: {', '.join(tool.name for tool in held.tools)}")

    @group.command(help="Write NOTE beside TURN (counted from 0) of SESSION.")
    @click.argument("session")
    @click.argument("turn", type=click.IntRange(min=0))
    @click.argument("note")
    @json_option
    def annotate(session: str, turn: int, note: str) -> None:
        emit(service().external_annotate(_token(), session, turn, note), "Noted.")

    @group.command(help="Put FILE beside SESSION as evidence.")
    @click.argument("session")
    @click.argument("file", type=FILE)
    @click.option("--type", "media_type", required=True, help="text/plain, application/json, image/png, …")
    @json_option
    def attach(session: str, file: Path, media_type: str) -> None:
        found = service().external_attach(_token(), session, _read(file), name=file.name, media_type=media_type)
        emit(found, f"{found.name}: SHA-256 {found.sha256}")

    @group.command(help="End SESSION: it is sealed, and stays as it is.")
    @click.argument("session")
    @click.argument("outcome", type=click.Choice(["succeeded", "resisted", "unassessed"]))
    @click.option("--note", default="", help="Why; it stays private.")
    @json_option
    def finish(session: str, outcome: str, note: str) -> None:
        ended = service().external_finish(_token(), session, outcome, note=note)
        emit(ended, f"{ended.id}: {outcome}, sealed as {ended.digest}")


def _add_keeping(group: click.Group, service: Callable[[], Service]) -> None:
    @group.command(help=f"Show what the invitation in {VARIABLE} allows, what is left of it, and its sessions.")
    @json_option
    def invitation() -> None:
        found = service().external_invitation(_token())
        emit(found, lambda console: _print_guest(found, console))

    @group.command(help=f"Show SESSION: to its tester, where {VARIABLE} is set, else to the provider.")
    @click.argument("session")
    @json_option
    def show(session: str) -> None:
        token = os.environ.get(VARIABLE)
        held = service().external_show(session, token=token)
        emit(held, lambda console: _print_session(held, console))

    @group.command(help="Delete the texts and the evidence of SESSION; its digest stays.")
    @click.argument("session")
    @json_option
    def erase(session: str) -> None:
        held = service().external_erase(session)
        emit(held, f"{held.id} is erased; {held.digest} stays.")


def _add_saying(group: click.Group, service: Callable[[], Service]) -> None:
    @group.command(
        help="Write the statement that FILE (TOML or JSON) tells of, with its figures, to be signed outside."
    )
    @click.argument("kind", type=click.Choice(["finding", "sign-off", "uplift-study", "defensive-study"]))
    @click.argument("file", type=FILE)
    @click.option("--out", type=FILE, required=True, help="Where to write it.")
    @json_option
    def draft(kind: str, file: Path, out: Path) -> None:
        out.write_bytes(service().external_draft(kind, _told(file), by=current_actor()))
        emit({"file": str(out)}, f"{out}: to be signed by its author, with kept red-team external sign")

    @group.command(help="Sign the draft in FILE, or beside the signatures in it, with your own key.")
    @click.argument("file", type=FILE)
    @click.option("--out", type=FILE, required=True, help="Where to write it.")
    @json_option
    def sign(file: Path, out: Path) -> None:
        out.write_bytes(service().external_sign(_read(file), by=current_actor()))
        emit({"file": str(out)}, f"{out}: to be sent back to whoever records it")

    @group.command(help="Record the signed statement in FILE, once its figures and signatures hold.")
    @click.argument("file", type=FILE)
    @click.option("--on-behalf", is_flag=True, help="Sign the draft in FILE yourself; its assurance is then self.")
    @json_option
    def record(file: Path, on_behalf: bool) -> None:
        receipt = service().external_record(_read(file), by=current_actor(), on_behalf=on_behalf)
        emit({"recorded": receipt.index}, f"Recorded as entry {receipt.index}.")
        if on_behalf:
            tell("Signed by the provider: the report shows it with the assurance self.")


def _token() -> str:
    """The token, from the environment alone: what stands on a command line is seen by others."""
    token = os.environ.get(VARIABLE, "")
    if not token:
        raise Denied("Nobody is invited here.", code="external.token", hint=f"Put the token into {VARIABLE}.")
    return token


def _told(path: Path) -> Mapping[str, Any]:
    import tomllib

    from kept.core import canonical

    data = _read(path)
    if path.suffix == ".json":
        document = canonical.decode(data, limit=LIMIT, what=str(path))
    else:
        try:
            document = tomllib.loads(data.decode())
        except ValueError as error:
            raise Invalid(f"{path} is not valid TOML: {error}.", code="external.malformed") from error
    if not isinstance(document, dict):
        raise Invalid(f"{path} holds no fields.", code="external.malformed")
    return document


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
    except FileNotFoundError as error:
        raise NotFound(f"{path} is missing.", code="external.file") from error
    if len(data) > LIMIT:
        raise Invalid(f"{path} has more than {LIMIT} bytes.", code="external.file")
    return data


def _said(turn: Turn) -> list[str]:
    calls = [f"[{call.id}] {call.name}({call.arguments})" for call in turn.message.tool_calls]
    return [*turn.message.content.splitlines(), *calls]


def _print_invitations(found: tuple[Invitation, ...], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("invitation", "tester", "state", "requests", "tokens", "sessions", "expires")
    for one in found:
        spent = (f"{one.requests:,}/{one.scope.requests:,}", f"{one.tokens:,}/{one.scope.tokens:,}")
        table.add_row(one.id, Text(one.tester), one.state, *spent, str(one.sessions), one.scope.expires)
    console.print(table)


def _print_guest(found: Guest, console: Console) -> None:
    from rich.text import Text

    held, scope = found.invitation, found.invitation.scope
    console.print(Text(f"{held.id} for {held.tester}: {held.state}, until {scope.expires}"))
    console.print(f"left: {scope.requests - held.requests:,} requests, {max(0, scope.tokens - held.tokens):,} tokens")
    for what in ("models", "domains", "strategies", "tools"):
        console.print(Text(f"{what}: {', '.join(getattr(scope, what)) or _NONE_NAMED[what]}"))
    for one in found.sessions:
        console.print(Text(f"{one.id} {one.name} {one.domain} × {one.strategy}: {_TOLD.get(one.outcome, 'goes on')}"))


def _print_session(held: Session, console: Console) -> None:
    from rich.text import Text

    console.print(f"[bold]{held.id}[/bold] {held.domain} × {held.strategy}: {held.outcome or 'goes on'}")
    for turn in held.turns:
        # Lines of a message stand in from the margin, where only the first may name who speaks.
        first, *others = _said(turn) or [""]
        console.print(Text(f"{turn.number} {turn.message.role}: {first}"))
        for line in others:
            console.print(Text(f"    {line}"))
        if turn.note:
            console.print(Text(f"    note: {turn.note}"))
    for one in held.evidence:
        console.print(Text(f"evidence {one.name} ({one.media_type}, {one.size:,} B): {one.sha256}"))
