"""How a case stands, folded from its events: its state, who answers for it, how grave it is, where it was merged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kept.practices.disclosure.methods.triage.states import State, moved


@dataclass(frozen=True, slots=True)
class Standing:
    """What a case's events come to; `items` counts what of it lies in quarantine."""

    state: State = "received"
    assignee: str = ""
    severity: str = ""
    merged_into: str = ""
    items: int = 0


def after(held: Standing, kind: str, details: Mapping[str, Any]) -> Standing:
    """How a case stands after one more event. Raises Conflict for a move that its state doesn't allow."""
    state = moved(held.state, kind)
    merged = held.merged_into if kind != "reopened" else ""
    changed = replace(held, state=state, merged_into=merged)
    match kind:
        case "assigned":
            return replace(changed, assignee=str(details.get("to", "")))
        case "assessed":
            return replace(changed, severity=str(details.get("severity", "")))
        case "duplicate":
            return replace(changed, merged_into=str(details.get("of", "")))
        case "quarantined":
            return replace(changed, items=held.items + 1)
        case "quarantine ended":
            return replace(changed, items=held.items - 1)
    return changed


def standing(events: Iterable[tuple[str, Mapping[str, Any]]]) -> Standing:
    """How a case stands after all its events, in order, the first of which is "received"."""
    held = Standing()
    for kind, details in events:
        held = after(held, kind, details)
    return held
