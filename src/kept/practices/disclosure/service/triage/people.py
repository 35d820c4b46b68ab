"""Who may do what in triage."""

from kept.core.actor import Actor
from kept.errors import Denied

TRIAGERS = frozenset({"provider", "triage"})


def check_triager(by: Actor) -> None:
    """Raises Denied for whoever doesn't triage."""
    if not by.roles & TRIAGERS:
        raise Denied(f"{by.id} doesn't triage reports.", code="triage.role", hint="It takes the role triage.")
