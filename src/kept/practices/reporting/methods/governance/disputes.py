"""Disputes beside what they are about, with the answers to them; none improves anything, and none can be removed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kept.core.statement import Statement
from kept.errors import Invalid, Unverified
from kept.practices.reporting.methods.governance.reading import earlier, every, readable
from kept.practices.reporting.records import Known
from kept.predicates.dispute import Dispute
from kept.predicates.dispute_answer import DisputeAnswer

AUTHENTICATED, UNAUTHENTICATED = "authenticated", "unauthenticated"


def disputes(known: Sequence[Known], claims: Collection[str]) -> list[dict[str, Any]]:
    """By what is disputed, in the order of the first dispute: each dispute, by whom, and what was answered.

    One by a key that nobody knows is shown as unauthenticated, also when nothing of it can be read. Raises Invalid for
    a malformed one that is authenticated, and Unverified for an answer to what is no earlier dispute.
    """
    answers = _answers(known)
    found: dict[tuple[str, Any], dict[str, Any]] = {}
    for each, said in every(known, Dispute):
        read = said or _heard(each)
        target = _target(read, known, each, claims)
        group = found.setdefault((target["kind"], target["claim"] or target["statement"]), {"target": target})
        group.setdefault("disputes", []).append(_shown(each, read, answers.get(each.index, [])))
    for group in found.values():
        answered = all(one["answers"] for one in group["disputes"])
        group["state"] = "disputed, answered" if answered else "disputed"
    return list(found.values())


def _heard(each: Known) -> Dispute | None:
    try:
        return Dispute.parse(Statement(each.subjects, each.predicate, each.unproven or {}))
    except Invalid:
        return None


def _target(read: Dispute | None, known: Sequence[Known], each: Known, claims: Collection[str]) -> dict[str, Any]:
    if read is None:
        return {"kind": "unreadable", "claim": None, "statement": None, "known": False}
    if read.claim is not None:
        return {"kind": "claim", "claim": read.claim, "statement": None, "known": read.claim in claims}
    there = read.statement is not None and read.statement < each.index
    return {"kind": "statement", "claim": None, "statement": read.statement, "known": there}


def _shown(each: Known, read: Dispute | None, answers: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "index": each.index,
        "state": AUTHENTICATED if each.fields is not None else UNAUTHENTICATED,
        "author": read.author if read else "",
        "text": read.text if read else "",
        "issued": read.issued if read else None,
        "actors": list(each.actors),
        "answers": answers,
    }


def _answers(known: Sequence[Known]) -> Mapping[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for each, said in readable(known, DisputeAnswer):
        target = earlier(known, said.dispute, than=each, called=DisputeAnswer.called)
        if target.predicate != Dispute.of_type or target.entry != said.entry:
            raise Unverified(
                f"The answer at index {each.index} is to no dispute that stands at {said.dispute}.",
                code="report.answer",
            )
        shown = {"position": said.position, "text": said.text, "issued": said.issued, "actors": list(each.actors)}
        found.setdefault(said.dispute, []).append({"index": each.index, **shown})
    return found
