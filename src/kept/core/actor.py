"""Who did it: the authenticated cause of a statement, and what takes which role."""

from dataclasses import dataclass
from typing import Literal

from kept.errors import Denied

ActorKind = Literal["person", "organisation", "service"]
PROVIDER = "provider"
"""The role of the organisation's own key, whose holder may do everything that takes a role."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The holder of a key of the workspace; `id` may be a pseudonym and is all that a statement shows."""

    id: str
    kind: ActorKind = "organisation"
    roles: frozenset[str] = frozenset({PROVIDER})


def check_role(by: Actor, role: str, *others: str, to: str) -> None:
    """Raises Denied for who has none of the roles and isn't the provider, saying what they may not do: `to`, a verb."""
    if by.roles.isdisjoint({PROVIDER, role, *others}):
        those = f"one of the roles {', '.join(sorted({role, *others}))}" if others else f"the role {role}"
        raise Denied(f"{by.id} may not {to}.", code="actor.role", hint=f"It takes {those}.")
