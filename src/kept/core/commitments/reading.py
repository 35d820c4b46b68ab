"""How one requirement reads against the recorded facts: met, stale, missing or contradicted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kept.core.commitments import fields
from kept.core.commitments.catalog import Condition, Reading, Requirement
from kept.core.commitments.facts import Fact
from kept.core.commitments.openings import Openings

ASSURANCE: Mapping[str, int] = {"self": 0, "third party": 1, "reproduced": 2}
ANY = ""  # the key that stands for any row, or for no table at all


@dataclass(frozen=True, slots=True)
class Finding:
    """How one requirement reads; `why` is for people, `evidence` and `against` are ledger indices.

    `until` is the time at which what supports it turns stale, empty where nothing does.
    """

    requirement: str
    reading: Reading
    why: str
    gate: bool
    evidence: tuple[int, ...] = ()
    against: tuple[int, ...] = ()
    until: str = ""


def read(requirement: Requirement, facts: Sequence[Fact], *, model: str, as_of: datetime) -> Finding:
    """Reads a requirement for a model at `as_of`; `facts` are in ledger order.

    1. What denies it, and what was opened and not finished in time, contradicts it.
    2. What was opened and may still be finished leaves it missing.
    3. Every key needs a supporting fact, announced beforehand where the requirement says so. The latest fact of
       each key decides whether the requirement is met or stale.
    """
    about = [fact for fact in facts if requirement.per == "organisation" or (model and fact.model == model)]
    own = [fact for fact in about if fact.predicate == requirement.predicate]
    known = [fact for fact in own if _supports(requirement, fact, as_of=as_of)]
    overdue: list[int] = []
    pending: list[int] = []
    if requirement.opens:
        openings = Openings(requirement, requirement.opens, about)
        known = [fact for fact in known if openings.announced(fact)]
        overdue, pending = openings.unfinished(as_of=as_of)
    # 1, 2.
    against = [*_denials(requirement, own, known), *overdue]
    if against:
        return _told(requirement, "contradicted", f"Contradicted by {_entries(against)}", against=against)
    if pending:
        return _told(requirement, "missing", f"Held up by {_entries(pending)}", against=pending)
    # 3.
    best = {key: _latest(fact for fact in known if _covers(requirement, fact, key)) for key in _keys(requirement)}
    found = [fact for fact in best.values() if fact]
    evidence = [fact.index for fact in found]
    if len(found) < len(best):
        lacking = ", ".join(key for key, fact in best.items() if key != ANY and not fact)
        partial = f" ({lacking})" if lacking and found else ""
        return _told(requirement, "missing", f"Missing{partial}", evidence=evidence)
    until = min(fields.time(fact.issued) or as_of for fact in found) + timedelta(days=requirement.validity_days)
    if as_of <= until:
        return _told(requirement, "met", "Met", evidence=evidence, until=until)
    return _told(requirement, "stale", f"Stale since {until:%Y-%m-%d}", evidence=evidence, until=until)


def _told(
    requirement: Requirement,
    reading: Reading,
    opening: str,
    *,
    evidence: Iterable[int] = (),
    against: Iterable[int] = (),
    until: datetime | None = None,
) -> Finding:
    return Finding(
        requirement=requirement.id,
        reading=reading,
        why=f"{opening}: {requirement.text}",
        gate=requirement.gate,
        evidence=tuple(sorted(set(evidence))),
        against=tuple(sorted(set(against))),
        until=f"{until:%Y-%m-%dT%H:%M:%SZ}" if until else "",
    )


def _entries(indices: Sequence[int]) -> str:
    named = [str(index) for index in sorted(set(indices))]
    return ("entry " if len(named) == 1 else "entries ") + ", ".join(named)


def _supports(requirement: Requirement, fact: Fact, *, as_of: datetime) -> bool:
    """Evidence dated after `as_of` is not evidence yet; an unknown assurance is none."""
    issued = fields.time(fact.issued)
    return (
        issued is not None
        and issued <= as_of
        and ASSURANCE.get(fact.assurance, -1) >= ASSURANCE[requirement.assurance]
        and fields.meets(requirement.where, fact.fields)
    )


def _denials(requirement: Requirement, own: Sequence[Fact], known: Sequence[Fact]) -> list[int]:
    """Statements since the last supporting one that deny the promise, or that cannot be read and so might."""
    if not requirement.denied:
        return []
    last = known[-1].index if known else -1
    return [fact.index for fact in own if fact.index > last and not _clears(requirement.denied, fact)]


def _clears(denied: Sequence[Condition], fact: Fact) -> bool:
    readable = all(fields.same_kind(condition.value, fact.fields.get(condition.field)) for condition in denied)
    return readable and fields.time(fact.issued) is not None and not fields.meets(denied, fact.fields)


def _keys(requirement: Requirement) -> tuple[str, ...]:
    return (requirement.rows.keys if requirement.rows else ()) or (ANY,)


def _covers(requirement: Requirement, fact: Fact, key: str) -> bool:
    if not requirement.rows:
        return True
    rows = fields.table(fact.fields.get(requirement.rows.field))
    wanted = rows.values() if key == ANY else [rows[key]] if key in rows else []
    return any(fields.meets(requirement.rows.where, row) for row in wanted)


def _latest(facts: Iterable[Fact]) -> Fact | None:
    """The one issued last; of two with the same time, the one recorded last."""
    return max(facts, key=lambda fact: (fact.issued, fact.index), default=None)
