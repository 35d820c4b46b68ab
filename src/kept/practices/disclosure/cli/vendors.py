"""`kept disclosure vendors …`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from kept.practices.disclosure.records.vendors import Vendor
    from kept.practices.disclosure.service import Service


def add_vendors(room: click.Group, service: Callable[[], Service]) -> None:
    """The group `vendors`."""

    @room.group(help="Bring vendors up and down the supply chain into a case; what each was told is kept.")
    def vendors() -> None:
        pass

    @vendors.command(help="Invite NAME to a case; the token that lets them in is shown once.")
    @click.argument("case")
    @click.argument("name")
    @click.option("--side", required=True, help="upstream: what we build on; downstream: who builds on us.")
    @click.option("--days", default=120, show_default=True, help="How long the token opens the case.")
    @json_option
    def invite(case: str, name: str, side: str, days: int) -> None:
        made = service().vendors_invite(case, name, side=side, days=days, by=current_actor())
        emit(made, [f"{made.vendor.name} is invited as {made.vendor.id}.", f"Hand over: {made.token}"])

    @vendors.command(name="list", help="List the vendors of a case, and what they say.")
    @click.argument("case")
    @json_option
    def listed(case: str) -> None:
        found = service().vendors_list(case, by=current_actor())
        emit(found, [_line(each) for each in found] or ["No vendor."])

    @vendors.command(help="Tell the vendors of a case something; it can't be taken back.")
    @click.argument("case")
    @click.argument("text")
    @click.option("--to", multiple=True, help="The id of a vendor; all, where none is named.")
    @json_option
    def share(case: str, text: str, to: tuple[str, ...]) -> None:
        told = service().vendors_share(case, text, vendors=to, by=current_actor())
        emit({"told": told}, f"Told {len(told)}: {', '.join(told)}")

    @vendors.command(help="Give a vendor another token; the one before opens nothing any more.")
    @click.argument("vendor")
    @json_option
    def renew(vendor: str) -> None:
        made = service().vendors_renew(vendor, by=current_actor())
        emit(made, [f"{made.vendor.name} has another token.", f"Hand over: {made.token}"])

    @vendors.command(help="Let a vendor see nothing any more.")
    @click.argument("vendor")
    @click.option("--reason", required=True, help="Why; it is kept with the case.")
    @json_option
    def revoke(vendor: str, reason: str) -> None:
        made = service().vendors_revoke(vendor, reason=reason, by=current_actor())
        emit(made, f"{made.name} sees nothing any more.")


def _line(vendor: Vendor) -> str:
    if vendor.revoked:
        state = "revoked"
    else:
        state = f"keeps the embargo since {vendor.accepted}" if vendor.accepted else "has not agreed to an embargo"
    return f"{vendor.id}  {vendor.side}  {vendor.name}  {vendor.status}  {state}  {vendor.statement}"
