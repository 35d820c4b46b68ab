"""The verb `posture`: where the organisation stands on RAND's levels, from the statements of its own ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from kept.core.actor import Actor
from kept.core.commitments import ladder as method
from kept.core.commitments.facts import Fact, extract
from kept.core.commitments.ladder.records import Read
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.core.statement import Envelope
from kept.core.trust import VOID, KeyHistory, Trust
from kept.errors import KeptError
from kept.practices.weights.records.posture import Posture
from kept.practices.weights.service.trusted import history
from kept.predicates import security_posture
from kept.predicates.security_posture import SecurityPosture


class Standing:
    """The verb `posture`."""

    _context: Context

    def posture(self, *, record: bool = False, by: Actor) -> Posture:
        """Read every measure against the statements that count by the trust file; with `record`, sign what came out.

        Statements of the ledger up to now count, each by the rule of its type. Raises what the ledger and the trust
        file raise, and whatever the actor's keys do.
        """
        # To the second, as it is written: whoever reads the statement computes the readings again by it.
        now, size = self._context.clock().astimezone(UTC).replace(microsecond=0), self._context.ledger.size()
        found = method.read(self._facts(size), as_of=now)
        level = security_posture.reached(_measures(found))
        read = Posture(level, format_time(now), size, found)
        if not record:
            return read
        said = SecurityPosture.of(
            framework=method.ladder().framework,
            catalog=f"sha256:{method.ladder().digest}",
            size=size,
            level=level,
            measures=_measures(found),
            met=sum(each.reading == "met" for each in found),
            issued=read.as_of,
            by=by.id,
        )
        said.check()
        (receipt,) = self._context.ledger.record(Draft(said.to_statement()), by=by)
        return Posture(level, read.as_of, size, found, recorded=receipt.index)

    def _facts(self, size: int) -> Iterator[Fact]:
        """What the first entries of the ledger say about the measures; what was erased counts against, never for."""
        wanted = {each.requirement.predicate for each in method.ladder().measures if each.requirement}
        trust, keys = history(self._context)
        for recorded in self._context.ledger.statements(*sorted(wanted)):
            entry, envelope = recorded.entry, recorded.envelope
            if entry.index >= size:
                return
            if envelope is not None and not _counts(trust, keys, envelope, entry.predicate, entry.index):
                continue
            yield extract(entry.predicate, recorded.predicate, index=entry.index, model=entry.model)


def _counts(trust: Trust, keys: KeyHistory, envelope: Envelope, predicate: str, index: int) -> bool:
    """Whether whoever signed may say so; a void statement says nothing. Raises Unverified for one that was changed."""
    try:
        trust.authorise(envelope, predicate_type=predicate, index=index, history=keys)
    except KeptError as error:
        if error.code not in VOID:
            raise
        return False
    return True


def _measures(found: tuple[Read, ...]) -> tuple[security_posture.Measure, ...]:
    return tuple(
        security_posture.Measure(
            id=each.measure.id, level=each.measure.level, reading=each.reading, evidence=each.evidence[-64:]
        )
        for each in found
    )
