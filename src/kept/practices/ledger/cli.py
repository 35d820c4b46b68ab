"""`kept ledger`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option, say, session, tell, wait_for

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.ledger.records import Asked, KeyRow, Line, Rooted, Verified
    from kept.practices.ledger.service import Service

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


def commands(service: Callable[[], Service]) -> click.Group:
    """The room's verbs."""

    @click.group(name="ledger", help="Prove what was recorded, have it witnessed, hand it out.")
    def group() -> None:
        pass

    _add_publishing(group, service)
    _add_handing_out(group, service)
    group.add_command(_witness_group(service))
    group.add_command(_key_group(service))
    return group


def _add_publishing(group: click.Group, service: Callable[[], Service]) -> None:
    @group.command(help="Publish everything recorded so far and print the signed checkpoint.")
    @click.option("--rebuild", is_flag=True, help="Make every tile anew from the database.")
    @click.option("--ask/--no-ask", default=True, help="Have it cosigned by the witnesses.", show_default=True)
    @json_option
    def checkpoint(rebuild: bool, ask: bool) -> None:
        published = wait_for(service().checkpoint(rebuild=rebuild, ask=ask))
        emit(published, published.note.rstrip("\n").split("\n"))
        _tell_answers(published.witnesses)

    @group.command(help="Print the proof (C2SP tlog-proof) that entry INDEX is in the published log.")
    @click.argument("index", type=click.IntRange(min=0))
    @json_option
    def prove(index: int) -> None:
        proof = service().prove(index).decode()
        emit({"index": index, "proof": proof}, proof.rstrip("\n").split("\n"))

    @group.command(help="Verify the exported log in DIR; without one, check this workspace.")
    @click.argument("folder", metavar="[DIR]", type=FOLDER, required=False)
    @click.option("--trust", type=FILE, help="Whom you trust; without it nobody vouches for the log.")
    @json_option
    def verify(folder: Path | None, trust: Path | None) -> None:
        if folder is None:
            _emit_check(service)
            return
        from kept.practices.ledger.service import Service as Room

        found = Room.verify(folder, trust=_read(trust) if trust else None, as_of=datetime.now(UTC))
        emit(found, lambda console: _print_verified(found, console))

    @group.command(help="Check this workspace: entries, bodies, tree, tiles, checkpoint and mark.")
    @json_option
    def check() -> None:
        _emit_check(service)

    @group.command(help="Print every entry since the reader called NAME was here last.")
    @click.argument("name")
    @click.option("--predicate", "predicates", multiple=True, metavar="TYPE", help="Only these types; repeatable.")
    @json_option
    def follow(name: str, predicates: tuple[str, ...]) -> None:
        lines: list[Line] = []

        def show(line: Line) -> None:
            lines.append(line)
            if not session().json:
                say(_line(line))

        service().follow(name, predicates=predicates, show=show)
        if session().json:
            emit(lines)


def _add_handing_out(group: click.Group, service: Callable[[], Service]) -> None:
    @group.command(help="Write the published log to OUT as a plain directory that anyone can verify.")
    @click.argument("out", type=FOLDER)
    @click.option("--disclose", is_flag=True, help="Also disclose the fields that were concealed.")
    @json_option
    def export(out: Path, disclose: bool) -> None:
        size = service().export(out, disclose=disclose)
        emit({"size": size, "folder": str(out)}, f"Size {size:,}. To verify it: kept ledger verify {out} --trust FILE")

    @group.command(help="Print the trust file, or write it: what to hand to whoever will verify.")
    @click.option("--out", type=FILE, help="Where to write it.")
    @click.option("--minimum", type=click.IntRange(min=0), default=0, help="Independent witnesses asked for.")
    @click.option("--freshness", type=click.IntRange(min=1), default=86_400, help="Seconds a cosignature stays fresh.")
    @json_option
    def trust(out: Path | None, minimum: int, freshness: int) -> None:
        content = service().trust(minimum=minimum, freshness_seconds=freshness).to_bytes()
        if out is None:
            click.echo(content.decode(), nl=False)
            return
        out.write_bytes(content)
        emit({"file": str(out)}, f"{out}")

    @group.command(help="Erase the body of entry INDEX; its proof goes on to hold, and the erasure is recorded.")
    @click.argument("index", type=click.IntRange(min=0))
    @click.option("--reason", required=True, help="Why; it is published, so it names nobody.")
    @json_option
    def erase(index: int, reason: str) -> None:
        receipt = service().erase(index, by=current_actor(), reason=reason)
        emit({"erased": index, "recorded": receipt.index}, f"Erased. Recorded as entry {receipt.index}.")


def _witness_group(service: Callable[[], Service]) -> click.Group:
    @click.group(name="witness", help="Have this log cosigned by others, and cosign theirs.")
    def group() -> None:
        pass

    @group.command(help="Have checkpoints cosigned by the witness at URL with the verifier key VKEY.")
    @click.argument("url")
    @click.argument("vkey")
    @click.option("--group", "party", default="", metavar="ORGANISATION", help="Witnesses of one group count as one.")
    @json_option
    def add(url: str, vkey: str, party: str) -> None:
        added = service().witness_add(url, vkey, group=party)
        emit(added, f"{added.url} ({added.group}) will be asked.")

    @group.command(help="Ask every witness to cosign the published checkpoint.")
    @json_option
    def ask() -> None:
        answers = wait_for(service().witness_ask())
        emit(answers, [_answer(one) for one in answers])

    @group.command(help="Cosign checkpoints of the log with the verifier key VKEY, which is named by its origin.")
    @click.argument("vkey")
    @json_option
    def trust(vkey: str) -> None:
        watched = service().witness_trust(vkey)
        emit(watched, f"{watched.origin} is witnessed here.")

    @group.command(help="Print the verifier keys under which this workspace cosigns.")
    @json_option
    def key() -> None:
        keys = service().witness_key()
        emit(keys, keys)

    @group.command(help="Serve the witness, and this log's public files, over HTTP until Ctrl-C.")
    @click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
    @click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
    @json_option
    def serve(host: str, port: int) -> None:
        import uvicorn
        from fastapi import FastAPI

        from kept.core.reference import load

        service().witness_serve()
        application = FastAPI(openapi_url=None)
        application.include_router(load("kept.practices.ledger.web:router")(service))
        emit({"url": f"http://{host}:{port}"}, f"Witness and log at http://{host}:{port} . Ctrl-C stops it.")
        uvicorn.run(application, host=host, port=port, log_level="warning")

    return group


def _key_group(service: Callable[[], Service]) -> click.Group:
    @click.group(name="key", help="List, hand out, introduce, rotate and revoke the keys that sign.")
    def group() -> None:
        pass

    @group.command(name="list", help="List every key and the ledger indices at which its signatures count.")
    @json_option
    def list_keys() -> None:
        rows = service().key_list()
        emit(rows, lambda console: _print_keys(rows, console))

    @group.command(help="Print the public keys of HOLDER (your own unless named), to hand to another organisation.")
    @click.argument("holder", default="")
    @json_option
    def export(holder: str) -> None:
        pem = service().key_export(holder, by=current_actor())
        emit({"pem": pem}, pem.rstrip("\n").split("\n"))

    @group.command(help="Record that the public keys in FILE, of another organisation called NAME, count from here on.")
    @click.argument("name")
    @click.argument("file", type=FILE)
    @click.option("--role", "roles", multiple=True, required=True, help='What they may sign as, like "tester".')
    @json_option
    def introduce(name: str, file: Path, roles: tuple[str, ...]) -> None:
        pem = _read(file, "Name the file that the other organisation published.")
        receipts = service().key_introduce(name, pem, roles=roles, by=current_actor())
        indices = [receipt.index for receipt in receipts]
        emit({"recorded": indices}, f"Introduced; recorded as entry {', '.join(map(str, indices))}.")

    @group.command(help="Make a root, where init made none, and the trust file anew, to be handed out again.")
    @json_option
    def root() -> None:
        made = service().key_root()
        emit(made, _rooted(made))

    @group.command(help="Replace the keys of HOLDER (your own unless named) by new ones.")
    @click.argument("holder", default="")
    @click.option("--log", is_flag=True, help="Replace the log's own key instead.")
    @json_option
    def rotate(holder: str, log: bool) -> None:
        receipts = service().key_rotate(holder, log=log, by=current_actor())
        indices = [receipt.index for receipt in receipts]
        emit({"recorded": indices}, f"Rotated; recorded as entry {', '.join(map(str, indices))}.")

    @group.command(help="Record that the key whose id begins with KEY_ID counts no longer.")
    @click.argument("key_id")
    @click.option(
        "--compromised-since", type=click.IntRange(min=0), metavar="INDEX", help="The first entry not to be trusted."
    )
    @json_option
    def revoke(key_id: str, compromised_since: int | None) -> None:
        receipt = service().key_revoke(key_id, compromised_since=compromised_since, by=current_actor())
        emit({"recorded": receipt.index}, f"Revoked; recorded as entry {receipt.index}.")

    return group


def _read(path: Path, hint: str = "Name the trust file.") -> bytes:
    from kept.errors import NotFound

    try:
        with path.open("rb") as file:
            return file.read(2 * 1024 * 1024)
    except FileNotFoundError as error:
        raise NotFound(f"{path} is missing.", code="trust.missing", hint=hint) from error


def _emit_check(service: Callable[[], Service]) -> None:
    found = service().check()
    counts = f"recorded {found.recorded:,}, published {found.published:,}, bodies erased {found.erased:,}"
    emit(found, f"Whole: {counts}.")


def _tell_answers(answers: tuple[Asked, ...]) -> None:
    if not session().json:
        for one in answers:
            tell(_answer(one))


def _rooted(made: Rooted) -> list[str]:
    return [
        "The root's keys are under keys/: keep them apart from the provider's. To act as it: --as root",
        f"{made.trust} is new (sha256:{made.sha256}). Hand it to everybody who has the one of before, and publish it "
        "where that stands.",
        "Whoever verifies by the one of before goes on as before, and refuses what the root introduces.",
    ]


def _answer(asked: Asked) -> str:
    return f"{asked.witness}: {asked.outcome}" + (f" ({asked.detail})" if asked.detail else "")


def _line(line: Line) -> str:
    erased = "  erased" if line.erased else ""
    return f"{line.index:>8}  {line.predicate}  {line.model or '-'}{erased}"


def _print_verified(found: Verified, console: Console) -> None:
    from rich.markup import escape

    console.print(f"[bold]{found.state}[/bold]: {escape(found.origin)}, size {found.size:,}")
    console.print(f"{found.statements:,} statements, {found.erased:,} erased; root {found.root}")
    if found.witnessing:
        told = ", ".join(found.witnessing.groups) or found.witnessing.missing
        console.print(f"{found.witnessing.state}: {escape(told)}")
    for line in found.refused:
        console.print(f"A key event took no effect: {escape(line)}")


def _print_keys(rows: tuple[KeyRow, ...], console: Console) -> None:
    from rich.table import Table

    table = Table("key", "holder", "algorithm", "for", "counts from", "to", "here", box=None)
    for row in rows:
        purpose = ", ".join(row.roles) if row.purpose == "statement" else "the log"
        until = "" if row.until is None else str(row.until)
        table.add_row(row.key_id[:12], row.holder, row.algorithm, purpose, str(row.since), until, row.address)
    console.print(table)
