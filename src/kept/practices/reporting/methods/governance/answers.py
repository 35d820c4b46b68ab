"""What the world asks for, item by item: answered, in part or unanswered, by statements that people confirmed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kept.core.commitments import catalog
from kept.errors import Unverified
from kept.practices.reporting.methods.governance.reading import earlier, readable
from kept.practices.reporting.records import Known
from kept.predicates.mapping_confirmation import COMMITMENTS, FMTI, MappingConfirmation

INDICATORS = tuple(f"FMTI-{number:03}" for number in range(1, 101))
ANSWERED, IN_PART, UNANSWERED = "answered", "in part", "unanswered"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A confirmation that is the last word on its item and model, and what it comes to."""

    known: Known
    said: MappingConfirmation
    state: str


def answers(known: Sequence[Known]) -> list[dict[str, Any]]:
    """The items of each framework, with the last confirmation for each model; the best of them is an item's state.

    One that rests on a statement which can't be read any more confirms nothing, and on one that hides fields, at most
    in part. Raises Unverified for a confirmation of no item, or by a statement that isn't before it.
    """
    last = _last(known)
    promises = [_promise(each.id, [one.id for one in each.requirements], last) for each in catalog.load()]
    return [
        _framework(FMTI, [_item(FMTI, item, last) for item in INDICATORS]),
        _framework(COMMITMENTS, promises),
    ]


def items() -> Mapping[str, Sequence[str]]:
    """By framework, everything that can be confirmed."""
    promised = [item for each in catalog.load() for item in (each.id, *(one.id for one in each.requirements))]
    return {FMTI: INDICATORS, COMMITMENTS: promised}


def _last(known: Sequence[Known]) -> Mapping[tuple[str, str], Mapping[str, Confirmed]]:
    asked = {framework: frozenset(listed) for framework, listed in items().items()}
    found: dict[tuple[str, str], dict[str, Confirmed]] = {}
    for each, said in readable(known, MappingConfirmation):
        if said.item not in asked[said.framework]:
            raise Unverified(
                f"The confirmation at index {each.index} is of {said.item[:64]!r}, which nobody asks for.",
                code="report.confirmation",
            )
        cited = [earlier(known, index, than=each, called=said.called) for index in said.statements]
        found.setdefault((said.framework, said.item), {})[each.model] = Confirmed(each, said, _state(said, cited))
    return found


def _state(said: MappingConfirmation, cited: Sequence[Known]) -> str:
    if said.extent == "not" or any(each.fields is None for each in cited):
        return UNANSWERED
    return ANSWERED if said.extent == "fully" and not any(each.hidden for each in cited) else IN_PART


def _item(framework: str, item: str, last: Mapping[tuple[str, str], Mapping[str, Confirmed]]) -> dict[str, Any]:
    confirmed = sorted(last.get((framework, item), {}).values(), key=lambda one: one.known.index)
    states = {one.state for one in confirmed}
    return {
        "item": item,
        "state": next((state for state in (ANSWERED, IN_PART) if state in states), UNANSWERED),
        "statements": sorted({index for one in confirmed if one.state != UNANSWERED for index in one.said.statements}),
        "confirmed": [_confirmed(one) for one in confirmed],
    }


def _promise(
    commitment: str, requirements: Sequence[str], last: Mapping[tuple[str, str], Mapping[str, Confirmed]]
) -> dict[str, Any]:
    """A promise as a whole: by its own confirmations, or when all of its requirements are answered."""
    own = _item(COMMITMENTS, commitment, last)
    parts = [_item(COMMITMENTS, requirement, last) for requirement in requirements]
    states = {part["state"] for part in parts}
    if states == {ANSWERED}:
        own["state"] = ANSWERED
    elif own["state"] == UNANSWERED and states & {ANSWERED, IN_PART}:
        own["state"] = IN_PART
    return {**own, "requirements": parts}


def _framework(framework: str, listed: list[dict[str, Any]]) -> dict[str, Any]:
    states = [each["state"] for each in listed]
    counts = {"answered": states.count(ANSWERED), "in_part": states.count(IN_PART)}
    return {"framework": framework, **counts, "unanswered": states.count(UNANSWERED), "items": listed}


def _confirmed(one: Confirmed) -> dict[str, Any]:
    said = one.said
    return {
        "index": one.known.index,
        "model": one.known.model,
        "extent": said.extent,
        "state": one.state,
        "statements": list(said.statements),
        "name": said.name,
        "role": said.role,
        "note": said.note,
        "issued": said.issued,
        "actors": list(one.known.actors),
    }
