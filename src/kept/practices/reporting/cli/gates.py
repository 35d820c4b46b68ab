"""The commands of the gate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept.interface.terminal import current_actor, emit, json_option
from kept.practices.reporting.cli.files import read_text, read_toml

if TYPE_CHECKING:
    from kept.practices.reporting.service import Service

FILE = click.Path(path_type=Path)
POLICY = click.option("--policy", type=FILE, metavar="FILE", help="A policy as TOML (the workspace's).")
NAME = click.option("--name", required=True, help="Your name, as it will be published.")
ROLE = click.option("--role", required=True, help="Your role, as it will be published.")
WHY = click.option("--file", "path", type=FILE, required=True, help="Why, plain text; it is published.")


def add(room: click.Group, service: Callable[[], Service]) -> None:
    """Mount them."""
    for build in (_gate, _gate_record, _gate_override, _gate_veto):
        room.add_command(build(service))


def _gate(service: Callable[[], Service]) -> click.Command:
    @click.command()
    @click.argument("model")
    @POLICY
    @json_option
    def gate(model: str, policy: Path | None) -> int:
        """Answer whether MODEL (a name, an address or an identity) may be released: exit 1 when not."""
        answer = service().gate(model, policy=read_toml(policy) if policy else None)
        reasons = [f"- {reason}" for reason in answer.reasons]
        by = f" by the override at index {answer.override}, against" if answer.open and answer.reasons else ""
        emit(answer, [f"The gate is {'open' if answer.open else 'closed'} for {answer.name}{by}.", *reasons])
        return 0 if answer.open else 1

    return gate


def _gate_record(service: Callable[[], Service]) -> click.Command:
    @click.command(name="gate-record")
    @click.argument("model")
    @POLICY
    @json_option
    def gate_record(model: str, policy: Path | None) -> None:
        """Record what the policy answers for MODEL now, with every reason, signed by whoever decides."""
        done = service().gate_record(model, policy=read_toml(policy) if policy else None, by=current_actor())
        reasons = [f"- {reason}" for reason in done.reasons]
        state = "open" if done.open else "closed"
        emit(done, [f"The gate is {state} for {done.name}: recorded at index {done.index}.", *reasons])

    return gate_record


def _gate_override(service: Callable[[], Service]) -> click.Command:
    @click.command(name="gate-override")
    @click.argument("index", type=int)
    @WHY
    @NAME
    @ROLE
    @json_option
    def gate_override(index: int, path: Path, name: str, role: str) -> None:
        """Ask that the closed decision at INDEX be overridden; two other holders have to approve."""
        done = service().gate_override(index, read_text(path), name=name, role=role, by=current_actor())
        emit(done, f"Recorded at index {done.index}. Two others approve it: kept reporting approve {done.index}")

    return gate_override


def _gate_veto(service: Callable[[], Service]) -> click.Command:
    @click.command(name="gate-veto")
    @click.argument("model")
    @WHY
    @NAME
    @ROLE
    @click.option("--lift", is_flag=True, help="End the veto instead.")
    @json_option
    def gate_veto(model: str, path: Path, name: str, role: str, lift: bool) -> None:
        """Close the gate of MODEL against policy and override alike; takes the role trust-and-safety."""
        done = service().gate_veto(model, read_text(path), name=name, role=role, lift=lift, by=current_actor())
        emit(done, f"The gate of {model} is {done.what}: recorded at index {done.index}.")

    return gate_veto
