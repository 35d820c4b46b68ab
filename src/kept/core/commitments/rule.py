"""The published rule that turns evidence into a status: pure, driven by the catalog's data, and cautious.

Each requirement reads as met, stale, missing or contradicted, and the catalog's table turns these into one state.
States are ordered kept > partly > stale > not tested > not kept. By construction, leaving out supporting evidence
never raises a state, nor does time, nor a statement that cannot be read. "superseded" and "out of scope" stand
outside the order, come from recorded decisions alone, and are never shown as kept. docs/commitments.md says the same
in words; tests/vectors/status pins it for a second implementation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from kept.core.commitments import catalog, fields, reading
from kept.core.commitments.catalog import Commitment
from kept.core.commitments.facts import SCOPE, SUPERSESSION, Fact
from kept.core.commitments.reading import Finding

State = Literal["kept", "partly", "stale", "not tested", "not kept", "superseded", "out of scope"]
STATES: tuple[State, ...] = ("kept", "partly", "stale", "not tested", "not kept", "superseded", "out of scope")


@dataclass(frozen=True, slots=True)
class Status:
    """The state of one promise for one model: what is missing in words, and the ledger indices that it rests on.

    `findings` are there in every state; `missing` is empty where the promise does not bind.
    """

    commitment: str
    model: str
    state: State
    missing: tuple[str, ...]
    evidence: tuple[int, ...]
    findings: tuple[Finding, ...]

    @property
    def gate(self) -> tuple[Finding, ...]:
        """What holds a release back as far as this promise goes; nothing does where it does not bind."""
        if self.state in ("superseded", "out of scope"):
            return ()
        return tuple(finding for finding in self.findings if finding.gate and finding.reading != "met")

    def document(self) -> dict[str, Any]:
        """The status as plain JSON values."""
        plain: dict[str, Any] = catalog.plain(asdict(self))
        return plain


def status(
    commitment: Commitment,
    facts: Iterable[Fact],
    *,
    model: str,
    as_of: datetime,
    decisions: Iterable[Fact] = (),
) -> Status:
    """The state of a promise for the model with this id, at `as_of` (aware UTC).

    `facts` and `decisions` may hold facts of any type, in any order; those that don't bear on the promise are passed
    over. `decisions` are scope decisions and supersessions. An empty model id asks about the organisation alone.
    """
    held = sorted(facts, key=lambda fact: fact.index)
    findings = tuple(reading.read(each, held, model=model, as_of=as_of) for each in commitment.requirements)
    rulings = sorted(decisions, key=lambda fact: fact.index, reverse=True)
    superseded = _superseded(commitment, rulings, as_of=as_of)
    if superseded is not None:
        return Status(commitment.id, model, "superseded", (), (superseded,), findings)
    outside = _out_of_scope(commitment, rulings, model=model, as_of=as_of)
    if outside is not None:
        return Status(commitment.id, model, "out of scope", (), (outside,), findings)
    missing = tuple(finding.why for finding in findings if finding.reading != "met")
    evidence = {index for finding in findings for index in (*finding.evidence, *finding.against)}
    return Status(commitment.id, model, _state(findings), missing, tuple(sorted(evidence)), findings)


def _state(findings: Sequence[Finding]) -> State:
    """The first line of the published table that holds."""
    for case in catalog.load().table:
        quantifier = any if case.quantifier == "any" else all
        if quantifier(finding.reading in case.of for finding in findings):
            return case.state
    return "not tested"


def _superseded(commitment: Commitment, rulings: Sequence[Fact], *, as_of: datetime) -> int | None:
    """The entry of the last supersession by a law in force at `as_of`."""
    for fact in rulings:
        issued, effective = fields.time(fact.issued), fields.date(fact.fields.get("effective"))
        if fact.predicate != SUPERSESSION or fact.fields.get("commitment") != commitment.id:
            continue
        if issued and issued <= as_of and effective and effective <= f"{as_of:%Y-%m-%d}":
            return fact.index
    return None


def _out_of_scope(commitment: Commitment, rulings: Sequence[Fact], *, model: str, as_of: datetime) -> int | None:
    """The entry of the last scope decision about the promise and the model, if it and its figures say "out".

    A decision that cannot be read may have taken the model back into scope, so it ends an earlier "out".
    A model that is ahead of the frontier in every comparison is not out of scope, whatever the decision says.
    """
    if not (commitment.frontier and model):
        return None
    for fact in rulings:
        named = fields.texts(fact.fields.get("commitments"))
        if fact.predicate != SCOPE or fact.model != model or (named is not None and commitment.id not in named):
            continue
        issued = fields.time(fact.issued)
        sound = issued is not None and issued <= as_of and fields.meets(_OUT, fact.fields)
        return fact.index if sound else None
    return None


_OUT = (catalog.Condition("decision", "equals", "out"), catalog.Condition("behind", "at least", 1))
