"""What is kept from the public: by whom, for what class of reason, until when, and who reviewed that."""

from collections.abc import Mapping, Sequence
from typing import Any

from kept.errors import Unverified
from kept.practices.reporting.methods.governance.approvals import Given, counting
from kept.practices.reporting.methods.governance.reading import earlier, readable
from kept.practices.reporting.records import Known
from kept.predicates.withholding import Withholding

WITHHELD, NOT_REVIEWED, REFUSED, LAPSED, UNEXPLAINED = "withheld", "not reviewed", "refused", "lapsed", "unexplained"


def withheld(known: Sequence[Known], given: Mapping[int, Sequence[Given]], *, as_of: str) -> list[dict[str, Any]]:
    """Every withholding in the log's order, and after them the statements that hide fields for no recorded reason.

    Raises Unverified for one that names another statement, or digests that it doesn't have.
    """
    found, explained = [], set()
    for each, said in readable(known, Withholding):
        target = _target(known, each, said)
        explained |= {(said.statement, digest) for digest in said.digests}
        told = given.get(each.index, ())
        found.append(
            {
                "index": each.index,
                "statement": said.statement,
                "model": each.model,
                "names": list(said.names),
                "hidden": sum(digest in target.hidden for digest in said.digests),
                "reason": said.reason,
                "why": said.why,
                "until": said.until,
                "actors": list(each.actors),
                "state": _state(said, told, as_of),
                "reviews": [one.document() for one in told],
            }
        )
    for each in known:
        hidden = sum((each.index, digest) not in explained for digest in each.hidden)
        if hidden:
            found.append(_unexplained(each, hidden))
    return found


def concealed(
    known: Sequence[Known], given: Mapping[int, Sequence[Given]], *, as_of: str
) -> Mapping[int, frozenset[str]]:
    """By the index of a statement, the digests whose fields a report leaves out: withheld, or waiting for review."""
    found: dict[int, frozenset[str]] = {}
    for each, said in readable(known, Withholding):
        if _state(said, given.get(each.index, ()), as_of) in (WITHHELD, NOT_REVIEWED):
            found[said.statement] = found.get(said.statement, frozenset()) | frozenset(said.digests)
    return found


def _state(said: Withholding, told: Sequence[Given], as_of: str) -> str:
    if said.until < as_of[:10]:
        return LAPSED
    if counting(told, "refused"):
        return REFUSED
    return WITHHELD if counting(told, "approved") else NOT_REVIEWED


def _target(known: Sequence[Known], each: Known, said: Withholding) -> Known:
    target = earlier(known, said.statement, than=each, called=Withholding.called)
    fits = (target.entry, target.model) == (said.entry, said.model)
    # Of an erased or a void statement nothing is left that could be compared.
    if not fits or (target.fields is not None and not {*said.digests} <= {*target.digests}):
        raise Unverified(
            f"The withholding at index {each.index} is of fields that the statement {said.statement} doesn't have.",
            code="report.withholding",
        )
    return target


def _unexplained(each: Known, hidden: int) -> dict[str, Any]:
    return {
        "index": None,
        "statement": each.index,
        "model": each.model,
        "names": [],
        "hidden": hidden,
        "reason": None,
        "why": "",
        "until": None,
        "actors": [],
        "state": UNEXPLAINED,
        "reviews": [],
    }
