"""Approvals and vetoes by holders with keys elsewhere: drafted here, signed at home, recorded as they are brought."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kept.core.actor import Actor
from kept.core.statement import PAYLOAD_LIMIT, Envelope, Statement
from kept.errors import Denied, Invalid, NotFound
from kept.practices.reporting.methods.governance.approvals import REQUESTS
from kept.practices.reporting.methods.governance.reading import readable
from kept.practices.reporting.records import Asked, Known
from kept.practices.reporting.service.room import Room
from kept.predicates.approval import Approval
from kept.predicates.gate_veto import GateVeto


class Approving(Room):
    """Records what other holders say about a request."""

    def approve(self, index: int, *, name: str, role: str, refuse: bool = False, note: str = "", by: Actor) -> Asked:
        """Approve, or refuse with a reason, the request at an index: a withholding, or an override of the gate.

        Raises NotFound where there is no such request, and Denied to whoever made it, to whoever has said the same
        before, and to a holder whose signature wouldn't count.
        """
        self._allow(Approval.of_type, by)
        known = self._known()
        made = self._approval(known, index, name=name, role=role, refuse=refuse, note=note, by=by.id)
        _check(known, made, {by.id})
        return Asked(self._record(made.to_statement(), model=made.model, by=by), made.verdict)

    def draft_approval(
        self, index: int, *, holder: str, name: str, role: str, refuse: bool = False, note: str = ""
    ) -> bytes:
        """The unsigned approval (or refusal) of a request, for a holder to sign at home. Raises NotFound or Invalid."""
        known = self._known()
        made = self._approval(known, index, name=name, role=role, refuse=refuse, note=note, by=holder)
        return made.to_statement().to_bytes()

    def sign(self, data: bytes, *, by: Actor) -> bytes:
        """Sign a drafted approval or veto, in one's own workspace. Raises Invalid for anything else."""
        if len(data) > PAYLOAD_LIMIT:
            raise Invalid("This is no draft: it is too large.", code="draft.too-large")
        statement = Statement.parse(data)
        _said(statement)
        return self._context.ledger.sign(statement, by=by).to_bytes()

    def record(self, data: bytes) -> Asked:
        """Record an approval or a veto that another holder signed, exactly as it was brought.

        Raises Invalid for a malformed file, NotFound for what it is about, Denied where its signatures wouldn't count,
        where its holder made the request, has said the same before or lacks the role, and Unverified when a signature
        of a known key doesn't hold.
        """
        envelope = Envelope.parse(data)
        said = _said(envelope.statement())
        authorised = self._standing(envelope)
        if authorised is None:
            raise Denied(
                "By the trust file, its signatures wouldn't count.",
                code="actor.role",
                hint="Introduce the key in a role that may sign it: kept ledger key introduce NAME FILE --role ROLE",
            )
        known = self._known()
        if isinstance(said, Approval):
            request = _request(known, said.request)
            if (request.entry, request.model) != (said.entry, said.model):
                raise NotFound(f"Another request stands at index {said.request}.", code="approval.request")
            _check(known, said, authorised.actors)
            what: str = said.verdict
        else:
            self._check_veto(said.model, lift=said.event == "lifted", roles=authorised.roles, who=authorised.actors[0])
            what = said.event
        return Asked(self._context.ledger.record_signed(envelope, model=said.model).index, what)

    def _approval(
        self, known: Sequence[Known], index: int, *, name: str, role: str, refuse: bool, note: str, by: str
    ) -> Approval:
        request = _request(known, index)
        return Approval.of(
            request=index,
            entry=request.entry,
            verdict="refused" if refuse else "approved",
            model=request.model,
            name=name.strip(),
            role=role.strip(),
            note=note.strip(),
            issued=self._now(),
            by=by,
        )


def _said(statement: Statement) -> Approval | GateVeto:
    if statement.predicate_type == GateVeto.of_type:
        return GateVeto.parse(statement)
    return Approval.parse(statement)


def _request(known: Sequence[Known], index: int) -> Known:
    if not 0 <= index < len(known) or known[index].predicate not in REQUESTS or known[index].fields is None:
        raise NotFound(f"There is no request at index {index}.", code="approval.request")
    return known[index]


def _check(known: Sequence[Known], said: Approval, actors: Collection[str]) -> None:
    """Raises Denied to whoever made the request, and to whoever said the same before."""
    who = ", ".join(sorted(actors))
    if {*actors} & {*known[said.request].actors}:
        raise Denied(
            f"{who} made the request at index {said.request}, so another holder has to review it.", code="approval.own"
        )
    own = [one for each, one in readable(known, Approval) if one.request == said.request and {*actors} & {*each.actors}]
    if own and own[-1].verdict == said.verdict:
        raise Denied(f"{who} {said.verdict} the request at index {said.request} already.", code="approval.twice")
