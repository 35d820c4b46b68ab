"""Recorded postures: every reading is computed again from the statements that stood before it."""

from collections.abc import Sequence

from kept.core.commitments import fields, ladder
from kept.core.commitments.facts import extract
from kept.errors import Unverified
from kept.practices.reporting.records import Known
from kept.predicates.security_posture import SecurityPosture

AGAIN = "computed again"
OTHERS = "by other measures than this version's"
GONE = "not computed again: what it rests on was erased, or counts no longer"
_MOST = 64
"""How many entries a reading names, the last ones."""


def computed_again(said: SecurityPosture, index: int, known: Sequence[Known]) -> str:
    """How a posture that is recorded at `index` stands, after its readings were computed again.

    1. The measures are those of this version. Else nothing can be said.
    2. The facts are what the first `size` statements say; what was erased has no fields, what is void is none.
    3. The readings are those that were stated; unless something that they could rest on is gone, which is told.

    Raises Unverified where they are others although everything is there, or where it speaks of a log that was not yet.
    """
    where = f"The security posture at index {index}"
    as_of = fields.time(said.issued)
    if said.size > index or as_of is None:
        raise Unverified(f"{where} is of a log that was not there.", code="report.posture")
    # 1.
    measures = ladder.ladder()
    if said.catalog != f"sha256:{measures.digest}":
        return OTHERS
    # 2.
    wanted = {each.requirement.predicate for each in measures.measures if each.requirement}
    before = [each for each in known[: said.size] if each.predicate in wanted]
    facts = [
        extract(each.predicate, each.fields, index=each.index, model=each.model) for each in before if not each.void
    ]
    found = ladder.read(facts, as_of=as_of)
    # 3.
    stated = [(each.id, each.level, each.reading, each.evidence) for each in said.measures]
    if stated == [(each.measure.id, each.measure.level, each.reading, each.evidence[-_MOST:]) for each in found]:
        return AGAIN
    if any(each.fields is None for each in before):
        return GONE
    raise Unverified(f"{where} has readings that its log does not give.", code="report.posture")
