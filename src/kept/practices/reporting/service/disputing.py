"""Disputes: signed by outsiders with their own keys, recorded as they were brought, and answered."""

from __future__ import annotations

import re

from kept.core.actor import Actor
from kept.core.statement import Envelope
from kept.errors import Conflict, Invalid, NotFound
from kept.practices.reporting.methods.governance.disputes import AUTHENTICATED, UNAUTHENTICATED
from kept.practices.reporting.records import Disputed
from kept.practices.reporting.service.room import Room
from kept.predicates.dispute import Dispute
from kept.predicates.dispute_answer import DisputeAnswer

BROUGHT = 256 * 1024
_INDEX = re.compile(r"(?:s|statement )?([0-9]{1,15})")


class Disputing(Room):
    """Records what outsiders object to."""

    def dispute(self, target: str, text: str, *, author: str, log: str = "", by: Actor) -> bytes:
        """A signed dispute about a claim (its id) or a statement (its index) of a log, as a file to bring to its owner.

        Nothing is recorded here. Raises Invalid.
        """
        index = _INDEX.fullmatch(target)
        named = {"statement": int(index[1])} if index else {"claim": target}
        made = Dispute.of(
            log=log or self._context.ledger.origin,
            **named,
            text=text.replace("\r\n", "\n").strip(),
            author=author.strip(),
            issued=self._now(),
            by=by.id,
        )
        return self._context.ledger.sign(made.to_statement(), by=by).to_bytes()

    def dispute_record(self, data: bytes) -> Disputed:
        """Record a dispute that an outsider signed, exactly as it was brought; it can't be taken out again.

        By a key that isn't known here it is recorded all the same, and shown as unauthenticated. Raises Invalid for a
        malformed one or one about another log, NotFound where nothing of the kind is there, Conflict when it was
        brought before, and Unverified when a signature of a known key doesn't hold.
        """
        if len(data) > BROUGHT:
            raise Invalid(f"A dispute has at most {BROUGHT} bytes, not {len(data)}.", code="dispute.too-large")
        envelope = Envelope.parse(data)
        said = Dispute.parse(envelope.statement())
        if said.log != self._context.ledger.origin:
            raise Invalid(f"The dispute is about the log {said.log}, which is not this one.", code="dispute.log")
        if any(each.envelope == envelope for each in self._context.ledger.statements(Dispute.of_type)):
            raise Conflict("This dispute was recorded before.", code="dispute.twice")
        model, target = self._disputed(said)
        state = UNAUTHENTICATED if self._standing(envelope) is None else AUTHENTICATED
        receipt = self._context.ledger.record_signed(envelope, model=model)
        return Disputed(receipt.index, target, state)

    def dispute_answer(self, index: int, position: str, text: str, *, by: Actor) -> Disputed:
        """Answer the dispute at an index: what the provider makes of it, and why. Raises NotFound and Invalid."""
        known = self._known()
        if not 0 <= index < len(known) or known[index].predicate != Dispute.of_type:
            raise NotFound(f"There is no dispute at index {index}.", code="dispute.unknown")
        self._allow(DisputeAnswer.of_type, by)
        made = DisputeAnswer.of(
            dispute=index,
            entry=known[index].entry,
            model=known[index].model,
            position=position,
            text=text.replace("\r\n", "\n").strip(),
            issued=self._now(),
            by=by.id,
        )
        recorded = self._record(made.to_statement(), model=made.model, by=by)
        return Disputed(recorded, str(index), made.position)

    def _disputed(self, said: Dispute) -> tuple[str, str]:
        """The model that the disputed thing is about, and what that thing is. Raises NotFound."""
        if said.claim is not None:
            claims = {claim["id"]: claim["model"] for claim in self._derived().document["claims"]}
            if said.claim not in claims:
                raise NotFound(f"There is no claim {said.claim!r}.", code="dispute.target", hint="Claims: report.json.")
            return str(claims[said.claim]), f"claim {said.claim}"
        index = said.statement or 0
        return self._context.ledger.entry(index).model, f"statement {index}"
