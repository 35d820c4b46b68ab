"""Who may do what in the room: a holder with the role "provider" (the command line) may do everything."""

from __future__ import annotations

from kept.core.actor import Actor
from kept.errors import Denied


def check_role(by: Actor, role: str, what: str) -> None:
    """Raises Denied for an actor without a role, saying what they may not do."""
    if by.roles.isdisjoint({"provider", role}):
        raise Denied(f"{by.id} may not {what}.", code="disclosure.role", hint=f"It takes the role {role}.")
