"""What was decided at the gate: decisions with all their reasons, overrides with approvals and dissent, and vetoes."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kept.core import canonical
from kept.core.commitments import catalog
from kept.errors import Invalid, Unverified
from kept.practices.reporting.methods import policy as policies
from kept.practices.reporting.methods.governance.approvals import Given, counting
from kept.practices.reporting.methods.governance.reading import earlier, every, readable
from kept.practices.reporting.records import Known
from kept.predicates.gate_decision import RULES, GateDecision
from kept.predicates.gate_override import GateOverride
from kept.predicates.gate_veto import ROLE, GateVeto
from kept.predicates.withholding import Withholding

APPROVERS = 2
Document = Mapping[str, Any]
StatusesAt = Callable[[str, int, str], Sequence[Document]]
"""The statuses of a model, by the first entries of the log (how many), as of a time."""


def gates(
    known: Sequence[Known],
    given: Mapping[int, Sequence[Given]],
    *,
    campaigns: Sequence[Document],
    claims: Sequence[Document],
    comparisons: Sequence[Document],
    statuses_at: StatusesAt,
) -> list[dict[str, Any]]:
    """For each model that something was decided about, everything that was, and how its gate stands.

    Raises Unverified for a decision that gives other reasons than follow from what it was judged on, where that can
    still be told, and for an override of what is no earlier closed decision about its model.
    """
    kinds = (GateDecision.of_type, GateOverride.of_type, GateVeto.of_type)
    models = dict.fromkeys(each.model for each in known if each.predicate in kinds)
    exact = _exact(known)
    decided = {each.index: (each, said) for each, said in readable(known, GateDecision)}
    overrides = list(readable(known, GateOverride))
    found = []
    for model in models:
        own = [pair for pair in decided.values() if pair[0].model == model]
        told = [
            _decision(
                *pair, exact, campaigns=campaigns, claims=claims, comparisons=comparisons, statuses_at=statuses_at
            )
            for pair in own
        ]
        vetoes = _vetoes(known, model)
        asked = [
            _override(known, each, said, decided, given.get(each.index, ()))
            for each, said in overrides
            if each.model == model
        ]
        vetoed = bool(vetoes) and vetoes[-1]["closes"]
        state = _state(known, model, told, asked, vetoed=vetoed)
        found.append({"model": model, "state": state, "decisions": told, "overrides": asked, "vetoes": vetoes})
    return found


def _exact(known: Sequence[Known]) -> int:
    """The number of entries up to which the log still says what it said: none of them is unreadable or withheld."""
    unread = [each.index for each in known if each.fields is None]
    withheld = [said.statement for _, said in readable(known, Withholding)]
    return min([*unread, *withheld], default=len(known))


def _decision(
    each: Known,
    said: GateDecision,
    exact: int,
    *,
    campaigns: Sequence[Document],
    claims: Sequence[Document],
    comparisons: Sequence[Document],
    statuses_at: StatusesAt,
) -> dict[str, Any]:
    policy = (each.fields or {})["policy"]
    digest = "sha256:" + hashlib.sha256(canonical.encode(policy)).hexdigest()
    if said.policy_digest != digest or said.size > each.index:
        raise Unverified(
            f"The gate decision at index {each.index} is by another policy, or on more, than it says.",
            code="report.gate",
        )
    recomputed = said.size <= exact and said.rules == RULES and said.catalog == catalog.document()["digest"]
    if recomputed:
        held = {
            "campaigns": [_as_of(one, said.size) for one in campaigns if _there(one, each.model, said.size)],
            "claims": [one for one in claims if one["model"] == each.model and one["evidence"][1] < said.size],
            "statuses": statuses_at(each.model, said.size, said.issued),
            "comparisons": [
                one for one in comparisons if one["after"]["model"] == each.model and one["index"] < said.size
            ],
        }
        if _against(said, held) != list(said.reasons):
            raise Unverified(
                f"The gate decision at index {each.index} gives other reasons than follow from what it was judged on.",
                code="report.gate",
            )
    return {
        "index": each.index,
        "decision": said.decision,
        "reasons": list(said.reasons),
        "policy": policy,
        "policy_digest": said.policy_digest,
        "size": said.size,
        "issued": said.issued,
        "actors": list(each.actors),
        "recomputed": recomputed,
    }


def _against(said: GateDecision, held: Mapping[str, Sequence[Document]]) -> list[str]:
    try:
        return policies.against(
            said.policy,
            campaigns=held["campaigns"],
            claims=held["claims"],
            statuses=held["statuses"],
            comparisons=held["comparisons"],
            as_of=said.issued,
        )
    except Invalid as error:
        raise Unverified(
            f"A gate decision rests on a policy that can't be: {error.message}", code=error.code
        ) from error


def _there(campaign: Document, model: str, size: int) -> bool:
    return bool(campaign["model"] == model and campaign["plan"] < size)


def _as_of(campaign: Document, size: int) -> Document:
    """The campaign as it was when the log had so many entries."""
    later = campaign["result"] is not None and campaign["result"] >= size
    return {**campaign, "state": "open", "closed": None} if later else campaign


def _override(
    known: Sequence[Known],
    each: Known,
    said: GateOverride,
    decided: Mapping[int, tuple[Known, GateDecision]],
    given: Sequence[Given],
) -> dict[str, Any]:
    target = earlier(known, said.decision, than=each, called=GateOverride.called)
    decision = decided.get(said.decision)
    fits = (target.predicate, target.model, target.entry) == (GateDecision.of_type, each.model, said.entry)
    if not fits or (decision is not None and decision[1].decision != "closed"):
        raise Unverified(
            f"The override at index {each.index} is of no closed gate that stands at {said.decision}.",
            code="report.override",
        )
    approvers = sorted({actor for one in counting(given, "approved") for actor in one.known.actors})
    enough = len(approvers) >= APPROVERS and decision is not None
    return {
        "index": each.index,
        "decision": said.decision,
        "reason": said.reason,
        "name": said.name,
        "role": said.role,
        "issued": said.issued,
        "actors": list(each.actors),
        "approvers": approvers,
        "dissent": len(counting(given, "refused")),
        "state": "approved" if enough else "not approved",
        "reviews": [one.document() for one in given],
    }


def _vetoes(known: Sequence[Known], model: str) -> list[dict[str, Any]]:
    """Each veto or end of one, and whether the gate is closed behind it: also by one that can't be read any more."""
    found, closes = [], False
    for each, said in every(known, GateVeto):
        if each.model != model:
            continue
        if said is None or said.event == "vetoed":
            closes = True
        elif ROLE in each.roles:
            closes = False
        found.append(
            {
                "index": each.index,
                "event": said.event if said else each.unreadable,
                "reason": said.reason if said else "",
                "name": said.name if said else "",
                "role": said.role if said else "",
                "issued": said.issued if said else None,
                "actors": list(each.actors),
                "closes": closes,
            }
        )
    return found


def _state(
    known: Sequence[Known],
    model: str,
    decisions: Sequence[Document],
    overrides: Sequence[Document],
    *,
    vetoed: bool,
) -> str:
    if vetoed:
        return "vetoed"
    last = [each.index for each in known if each.predicate == GateDecision.of_type and each.model == model]
    if not last:
        return "undecided"
    if not decisions or decisions[-1]["index"] != last[-1]:
        return "closed"
    if decisions[-1]["decision"] == "open":
        return "open"
    overridden = any(each["decision"] == last[-1] and each["state"] == "approved" for each in overrides)
    return "overridden" if overridden else "closed"
