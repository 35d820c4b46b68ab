"""`kept weights request` and the other verbs of leases, and `custodians`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kept.errors import NotFound
from kept.interface.terminal import current_actor, emit, json_option
from kept.practices.weights.cli.amounts import lease_terms
from kept.practices.weights.cli.glass import add_glass
from kept.practices.weights.cli.keys import keys_group

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.weights.records.leases import CustodianRow, LeaseRow
    from kept.practices.weights.service import Service


RESHARING = "resharing"
_CARD_LIMIT = 64 * 1024


def add_leasing(group: click.Group, service: Callable[[], Service]) -> None:
    """Add the verbs about leases and custodians."""
    _add_asking(group, service)
    _add_deciding(group, service)
    _add_looking(group, service)
    group.add_command(_custodians_group(service))
    group.add_command(keys_group(service))
    add_glass(group, service)


def _add_asking(group: click.Group, service: Callable[[], Service]) -> None:
    @group.command(help="Ask for a lease of PLACE, a sealed file or folder; custodians approve it.")
    @click.argument("place")
    @click.option("--purpose", required=True, help="What for, on one line.")
    @click.option("--tensors", default="*", show_default=True, metavar="PATTERN", help="Which tensors.")
    @lease_terms
    @json_option
    def request(place: str, purpose: str, amount: int, seconds: int, tensors: str, **terms: Any) -> None:
        made = service().request(
            place,
            purpose=purpose,
            bytes=amount,
            seconds=seconds,
            tensors=tensors,
            **terms,
            by=current_actor(),
        )
        emit(
            made,
            f"{made.lease.id} is requested. {made.needed} custodians approve it: kept weights approve {made.lease.id}",
        )

    @group.command(help="Share SEALED's key among the custodians of now; those of before approved the lease for it.")
    @click.argument("sealed")
    @click.option("--lease", required=True, help=f"One of --runtime {RESHARING}; it ends with this.")
    @json_option
    def reshare(sealed: str, lease: str) -> None:
        made = service().reshare(sealed, lease=lease, by=current_actor())
        emit(
            made,
            [
                f"{made.people_required} of {made.custodians} custodians open {made.place} now. "
                f"Recorded as entry {made.recorded}.",
                "Copies with the keys of before open for those of before: replace them, or destroy them.",
            ],
        )


def _add_deciding(group: click.Group, service: Callable[[], Service]) -> None:
    @group.command(help="Approve LEASE, as a custodian who didn't ask for it (--as NAME).")
    @click.argument("lease")
    @json_option
    def approve(lease: str) -> None:
        found = service().approve(lease, by=current_actor())
        emit(found, f"{lease} is {found.state}: {_count(found)} of {found.needed} approvals.")

    @group.command(help="Refuse LEASE, as a custodian; one refusal ends it.")
    @click.argument("lease")
    @click.option("--reason", required=True, help="Why; it stays in this workspace.")
    @json_option
    def deny(lease: str, reason: str) -> None:
        found = service().deny(lease, reason=reason, by=current_actor())
        emit(found, f"{lease} is {found.state}.")

    @group.command(help="End LEASE at once; nothing more is read under it.")
    @click.argument("lease")
    @click.option("--reason", required=True, help="Why; it stays in this workspace.")
    @json_option
    def revoke(lease: str, reason: str) -> None:
        found = service().revoke(lease, reason=reason, by=current_actor())
        emit(found, f"{lease} is {found.state}.")


def _add_looking(group: click.Group, service: Callable[[], Service]) -> None:
    @group.command(help="List every lease and request, the newest first.")
    @json_option
    def leases() -> None:
        found = service().leases()
        emit(found, lambda console: _print_leases(found, console))

    @group.command(help="Show LEASE: what was asked for, who said what, and whether that counts.")
    @click.argument("lease")
    @json_option
    def show(lease: str) -> None:
        found = service().show(lease)
        emit(found, lambda console: _print_lease(found, console))


def _custodians_group(service: Callable[[], Service]) -> click.Group:
    @click.group(name="custodians", help="People who open sealed weights together.")
    def group() -> None:
        pass

    @group.command(help="Make NAME a custodian with keys of their own; acts as root (--as root).")
    @click.argument("name")
    @click.option("--card", type=click.Path(path_type=Path), help="From where their keys are; none is made here.")
    @json_option
    def add(name: str, card: Path | None) -> None:
        made = service().custodians_add(name, card=_read(card) if card else b"", by=current_actor())
        emit(made, f"{made.name} is a custodian. What was sealed before can't be opened by them.")

    @group.command(help="Make NAME's keys on this machine, where they stay, and print the card for root to add.")
    @click.argument("name")
    @json_option
    def card(name: str) -> None:
        made = service().custodians_card(name).decode()
        emit({"card": made}, made)

    @group.command(name="list", help="List everybody who is or was a custodian.")
    @json_option
    def list_custodians() -> None:
        found = service().custodians_list()
        emit(found, lambda console: _print_custodians(found, console))

    @group.command(help="Seal nothing more to NAME, whose approvals count no longer; acts as root.")
    @click.argument("name")
    @json_option
    def remove(name: str) -> None:
        gone = service().custodians_remove(name, by=current_actor())
        emit(gone, f"{gone.name} is no custodian any more. Seal anew what they must not help to open.")

    return group


def _read(card: Path) -> bytes:
    try:
        with card.open("rb") as file:
            return file.read(_CARD_LIMIT + 1)
    except OSError as error:
        raise NotFound(f"{card} can't be read: {error.strerror}.", code="custodian.card") from error


def _count(found: LeaseRow) -> int:
    return sum(word.counts and word.verdict == "approved" for word in found.words)


def _until(found: LeaseRow) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(found.lease.until, UTC):%Y-%m-%d %H:%M} UTC"


def _print_custodians(rows: tuple[CustodianRow, ...], console: Console) -> None:
    from rich.table import Table

    table = Table("name", "state", "since", "seals to", box=None)
    for row in rows:
        table.add_row(row.name, row.state, row.since, f"{row.public[:16]}…")
    console.print(table)


def _print_leases(rows: tuple[LeaseRow, ...], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("lease", "state", "holder", "kind", "bytes", "until", "approvals", "purpose", box=None)
    for row in rows:
        lease = row.lease
        state = f"{row.state}, glass broken" if lease.break_glass else row.state
        cells = (lease.id, state, lease.holder, lease.kind, f"{lease.bytes:,}", _until(row))
        table.add_row(*cells, f"{_count(row)}/{row.needed}", Text(lease.purpose))
    console.print(table)


def _print_lease(row: LeaseRow, console: Console) -> None:
    from rich.text import Text

    lease = row.lease
    console.print(Text(f"{lease.id} is {row.state}: {lease.kind} by {lease.holder} until {_until(row)}"))
    console.print(Text(f"file {lease.file}, tensors {lease.tensors}, {lease.bytes:,} bytes"))
    console.print(Text(f"purpose: {lease.purpose}"))
    for name in ("runtime", "recipient"):
        if value := getattr(lease, name):
            console.print(Text(f"{name}: {value}"))
    for word in row.words:
        console.print(
            Text(f"  {word.holder} {word.verdict}" + ("" if word.counts else f", which doesn't count: {word.why}"))
        )
    if row.ended:
        console.print(Text(f"ended by {row.ended}: {row.reason}"))
    if row.review:
        console.print(Text(f"review of the broken glass: {row.review}, by {', '.join(row.reviewers) or 'nobody yet'}"))
