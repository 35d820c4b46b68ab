"""`kept accounts`: who may sign in on the web, in which roles, and which programs act for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option
from kept.surfaces.session import opened

if TYPE_CHECKING:
    from kept.core.accounts import Account, Accounts, ApiKey


@click.group()
def accounts() -> None:
    """Say who may sign in on the web, in which roles, and which programs act for them."""


@accounts.command()
@click.argument("name")
@click.option("--display", default="", help="The name that others in the organisation see.")
@click.option("--role", "roles", multiple=True, help="triage, reward, publish, share, admin …; repeat it for several.")
@click.option("--no-password", is_flag=True, help="They sign in by their organisation alone.")
@json_option
@click.pass_context
def add(context: click.Context, *, name: str, display: str, roles: tuple[str, ...], no_password: bool) -> None:
    """Add an account and print its one-time password, which is shown this once."""
    known = _accounts(context)
    if no_password:
        _show(known.invite(name, display=display, roles=roles))
        return
    account, password = known.add(name, display=display, roles=roles)
    _hand_over(account, password)


@accounts.command("list")
@json_option
@click.pass_context
def list_accounts(context: click.Context) -> None:
    """List the accounts."""
    everyone = _accounts(context).everyone()
    lines = [_line(account) for account in everyone]
    emit(list(everyone), lines or ["Nobody has an account yet: kept accounts add NAME --role admin"])


@accounts.command()
@click.argument("name")
@click.argument("roles", nargs=-1)
@json_option
@click.pass_context
def roles(context: click.Context, *, name: str, roles: tuple[str, ...]) -> None:
    """Give an account these roles and no others."""
    _show(_accounts(context).set_roles(name, roles))


@accounts.command()
@click.argument("name")
@json_option
@click.pass_context
def disable(context: click.Context, *, name: str) -> None:
    """Let nobody in by an account any more: its sessions and keys end at once."""
    _show(_accounts(context).disable(name))


@accounts.command()
@click.argument("name")
@json_option
@click.pass_context
def enable(context: click.Context, *, name: str) -> None:
    """Let a disabled account sign in again."""
    _show(_accounts(context).enable(name))


@accounts.command()
@click.argument("name")
@json_option
@click.pass_context
def password(context: click.Context, *, name: str) -> None:
    """Print a new one-time password in place of the old one; all sessions of the account end."""
    account, made = _accounts(context).reset_password(name)
    _hand_over(account, made)


@accounts.command("sign-out")
@click.argument("name")
@json_option
@click.pass_context
def sign_out(context: click.Context, *, name: str) -> None:
    """End all sessions of an account."""
    known = _accounts(context)
    ended = known.close_sessions(known.account(name))
    emit({"ended": ended}, f"{ended} sessions of {name} have ended.")


@accounts.group()
def key() -> None:
    """Keys by which programs act for an account."""


@key.command("add")
@click.argument("name")
@click.option("--label", required=True, help="What the key is for.")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it works; without end unless given.")
@json_option
@click.pass_context
def add_key(context: click.Context, *, name: str, label: str, days: int | None) -> None:
    """Make a key for an account and print it, this once."""
    known = _accounts(context)
    made, secret = known.add_key(known.account(name), label=label, span=timedelta(days=days) if days else None)
    emit({"id": made.id, "key": secret}, [f"Key {made.id}, shown this once:", secret])


@key.command("list")
@click.argument("name", required=False)
@json_option
@click.pass_context
def list_keys(context: click.Context, *, name: str | None) -> None:
    """List the keys of an account, or of all."""
    known = _accounts(context)
    found = known.keys(known.account(name) if name else None)
    emit(list(found), [_key_line(each) for each in found])


@key.command("revoke")
@click.argument("key_id", metavar="KEY")
@json_option
@click.pass_context
def revoke_key(context: click.Context, *, key_id: str) -> None:
    """Let nobody in by a key any more, at once."""
    _accounts(context).revoke_key(key_id)
    emit({"revoked": key_id}, f"Key {key_id} lets nobody in any more.")


def _accounts(context: click.Context) -> Accounts:
    # Whoever can't sign as a holder here has no say in who may sign in.
    current_actor()
    return opened(context).accounts


def _show(account: Account) -> None:
    emit(account, _line(account))


def _hand_over(account: Account, password: str) -> None:
    document = {"id": account.id, "name": account.name, "roles": account.roles, "password": password}
    emit(document, [_line(account), f"One-time password, shown this once: {password}"])


def _line(account: Account) -> str:
    state = "disabled" if account.disabled else "must choose a password" if account.must_change else "active"
    return f"{account.id}  {account.name}  [{', '.join(account.roles)}]  {state}  {account.display}"


def _key_line(key: ApiKey) -> str:
    end = datetime.fromtimestamp(key.until, UTC).date().isoformat() if key.until else "without end"
    return f"{key.id}  {key.account}  {end}  {key.label}"
