"""Who did it: the authenticated cause of a statement."""

from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["person", "organisation", "service"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The holder of a key of the workspace; `id` may be a pseudonym and is all that a statement shows."""

    id: str
    kind: ActorKind = "organisation"
    roles: frozenset[str] = frozenset({"provider"})
