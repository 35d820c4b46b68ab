"""From a statement to a fact: the few fields that the rule looks at, by a published function per predicate type.

A statement that cannot be read this way (erased, redacted, malformed) gives a fact without fields: it still counts
as having been recorded, and never in the promise's favour.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from kept.core.commitments.fields import is_number

PREDICATES = "https://kept.example/predicates/"
PLAN = PREDICATES + "campaign-plan/v1"
RESULT = PREDICATES + "campaign-result/v1"
SCOPE = PREDICATES + "scope-decision/v1"
SUPERSESSION = PREDICATES + "supersession/v1"
Fields = Mapping[str, Any]


class UnreadableError(ValueError):
    """A predicate does not have the shape that its type publishes; never leaves this module."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What the rule sees of one ledger entry.

    `model` is the entry's model id, or empty; `issued` is "2026-11-22T07:30:00Z", or empty where unknown;
    `fields` holds texts, numbers, booleans, lists of texts, and tables (row -> measure -> number).
    `assurance` ("self", "third party" or "reproduced") comes from the trust file, never from the statement.
    """

    predicate: str
    index: int
    model: str = ""
    issued: str = ""
    assurance: str = "self"
    fields: Fields = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The fact as plain JSON values."""
        return asdict(self)


def extract(
    predicate_type: str,
    predicate: Mapping[str, Any] | None,
    *,
    index: int,
    model: str = "",
    assurance: str = "self",
) -> Fact:
    """The fact in the predicate of the statement at a ledger index; None stands for an erased body.

    The time is the predicate's "issued", or a plan's "opened". A predicate that names another model than its entry
    does cannot be read. Never raises for a foreign predicate: what cannot be read has no fields and no time.
    """
    unreadable = Fact(predicate_type, index, model=model, assurance=assurance)
    if not isinstance(predicate, Mapping):
        return unreadable
    if isinstance(named := predicate.get("model"), str) and named != model:
        return unreadable
    try:
        fields = EXTRACTORS.get(predicate_type, _scalars)(predicate)
        issued = _text(predicate, "opened" if predicate_type == PLAN else "issued")
        return Fact(predicate_type, index, model, issued, assurance, fields)
    except UnreadableError:
        return unreadable


def _scalars(predicate: Mapping[str, Any]) -> Fields:
    """Any other type: its texts, booleans and finite numbers at the top level, "issued" excepted."""
    return {
        name: value
        for name, value in predicate.items()
        if name != "issued" and (isinstance(value, str | bool) or is_number(value))
    }


def _plan(predicate: Mapping[str, Any]) -> Fields:
    """A campaign plan: its campaign and the domains that it sets out to test."""
    return {"campaign": _text(predicate, "campaign"), "domains": _texts(_mapping(predicate.get("plan")), "domains")}


def _result(predicate: Mapping[str, Any]) -> Fields:
    """A campaign result: its campaign, its state, and what was assessed in each domain.

    A domain's row: `assessed` attempts, `width` of the interval (high - low), `unassessed_share` of all attempts.
    Where the judge errs the interval is the corrected one, which is [0, 1] as long as its errors are not known.
    """
    rows: dict[str, dict[str, float]] = {}
    for item in _list(predicate, "domains"):
        domain, estimate = _text(_mapping(item), "domain"), _mapping(item.get("estimate"))
        n, unassessed = _number(estimate, "n"), _number(estimate, "unassessed")
        if domain in rows or n < 0 or unassessed < 0:
            raise UnreadableError(domain)
        interval = _mapping(item["corrected"]) if item.get("corrected") is not None else estimate
        share = unassessed / (n + unassessed) if n + unassessed else 0.0
        rows[domain] = {
            "assessed": n,
            "unassessed_share": share,
            "width": _number(interval, "high") - _number(interval, "low"),
        }
    return {"campaign": _text(predicate, "campaign"), "state": _text(predicate, "state"), "domains": rows}


def _scope(predicate: Mapping[str, Any]) -> Fields:
    """A scope decision: the promises it names, "in" or "out", and what its comparisons with the frontier come to.

    `comparisons` counts those with figures on both sides; `behind` those in which the model is not ahead.
    """
    comparisons = behind = 0
    for item in _list(predicate, "comparisons"):
        ours, theirs = _number(_mapping(item), "ours"), _number(item, "theirs")
        higher = item.get("higher_is_better", True)
        if not isinstance(higher, bool):
            raise UnreadableError("higher_is_better")
        comparisons += 1
        behind += ours <= theirs if higher else ours >= theirs
    return {
        "commitments": _texts(predicate, "commitments"),
        "decision": _text(predicate, "decision"),
        "comparisons": comparisons,
        "behind": behind,
    }


def _supersession(predicate: Mapping[str, Any]) -> Fields:
    """A supersession: the promise, and the law with the date from which it stands in its place."""
    return {name: _text(predicate, name) for name in ("commitment", "law", "effective")}


EXTRACTORS: Mapping[str, Callable[[Mapping[str, Any]], Fields]] = {
    PLAN: _plan,
    RESULT: _result,
    SCOPE: _scope,
    SUPERSESSION: _supersession,
}


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UnreadableError
    return value


def _text(held: Mapping[str, Any], name: str) -> str:
    value = held.get(name)
    if not isinstance(value, str) or not value:
        raise UnreadableError(name)
    return value


def _list(held: Mapping[str, Any], name: str) -> list[Any]:
    value = held.get(name)
    if not isinstance(value, list):
        raise UnreadableError(name)
    return value


def _texts(held: Mapping[str, Any], name: str) -> list[str]:
    value = _list(held, name)
    if not all(isinstance(item, str) for item in value):
        raise UnreadableError(name)
    return value


def _number(held: Mapping[str, Any], name: str) -> float:
    value = held.get(name)
    if not isinstance(value, int | float) or not is_number(value):
        raise UnreadableError(name)
    return value
