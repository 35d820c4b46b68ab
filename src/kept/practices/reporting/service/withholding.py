"""Withholding: a request, another holder's word on it, and how a named auditor gets and checks what is withheld."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from kept.core import redaction
from kept.core.actor import Actor
from kept.core.trust.reading import nearest
from kept.errors import Denied, Invalid, NotFound
from kept.practices.reporting.methods import material, sealed
from kept.practices.reporting.methods.governance.approvals import REQUESTS
from kept.practices.reporting.methods.governance.reading import readable
from kept.practices.reporting.records import Asked, Known, Material, Unsealed
from kept.practices.reporting.service.checked import check_folder
from kept.practices.reporting.service.room import Room
from kept.predicates.approval import Approval
from kept.predicates.withholding import REASONS, Withholding


class Withholds(Room):
    """Keeps fields from the public: never alone, and never without a trace."""

    def withhold(self, index: int, names: Sequence[str], *, reason: str, why: str, until: str, by: Actor) -> Asked:
        """Ask that fields of the statement at an index be withheld up to and including a day; they are from now on.

        The report says so, and that nobody reviewed it until another holder approves. Raises NotFound for an entry
        that isn't there or was erased, and Invalid for fields that can't be withheld, a reason of no class (naming the
        nearest) or a day that has gone by.
        """
        if reason not in REASONS:
            raise Invalid(
                f"There is no class of reasons {reason[:64]!r}.",
                code="withholding.reason",
                hint=nearest(reason, REASONS),
            )
        entry, body = self._context.ledger.entry(index), self._context.ledger.body(index)
        held = {redaction.name(each): redaction.digest(each) for each in body.disclosures}
        for name in names:
            if name not in held:
                raise Invalid(
                    f"The statement {index} has no field {name[:64]!r} that can be withheld.",
                    code="withholding.field",
                    hint=nearest(name, held) if held else "None of its fields was recorded so that it could be.",
                )
        made = Withholding.of(
            statement=index,
            entry=entry.digest,
            model=entry.model,
            names=tuple(names),
            digests=tuple(held[name] for name in names),
            reason=reason,
            why=why.strip(),
            until=until,
            issued=self._now(),
            by=by.id,
        )
        if made.until < made.issued[:10]:
            raise Invalid(f"{until} has gone by.", code="withholding.until")
        return Asked(self._record(made.to_statement(), model=entry.model, by=by), "withholding")

    def approve(self, index: int, *, name: str, role: str, refuse: bool = False, note: str = "", by: Actor) -> Asked:
        """Approve, or refuse with a reason, the request at an index: a withholding, or an override of the gate.

        Raises NotFound where there is no such request, and Denied to whoever made it, to whoever has said the same
        before, and to a holder whose signature wouldn't count.
        """
        known = self._known()
        request = _request(known, index)
        self._allow(Approval.of_type, by)
        if by.id in request.actors:
            raise Denied(
                f"{by.id} made the request at index {index}, so another holder has to review it.", code="approval.own"
            )
        verdict = "refused" if refuse else "approved"
        last = [each for each in readable(known, Approval) if each[1].request == index and by.id in each[0].actors]
        if last and last[-1][1].verdict == verdict:
            raise Denied(f"{by.id} {verdict} the request at index {index} already.", code="approval.twice")
        made = Approval.of(
            request=index,
            entry=request.entry,
            verdict=verdict,
            model=request.model,
            name=name.strip(),
            role=role.strip(),
            note=note.strip(),
            issued=self._now(),
            by=by.id,
        )
        return Asked(self._record(made.to_statement(), model=request.model, by=by), verdict)

    def seal(self, index: int, *, auditor: str) -> Mapping[str, object]:
        """Everything behind the entry at an index, withheld fields included, for one auditor who is named in it.

        Raises NotFound for an entry that isn't there or was erased.
        """
        entry, body = self._context.ledger.entry(index), self._context.ledger.body(index)
        return sealed.seal(
            Material(index, entry.raw, body.salt, body.envelope, body.disclosures),
            origin=self._context.ledger.origin,
            auditor=auditor,
        )

    @staticmethod
    def unseal(data: bytes, folder: Path, *, trust: Path | None, now: datetime) -> Unsealed:
        """Check that a sealed body is the one that a published report commits to, and reveal it.

        Raises Unverified when the body is another one, ReportUnverified when the report doesn't hold, Invalid for a
        malformed file, and NotFound where there is no report or no trust file.
        """
        checked = check_folder(folder, trust=trust, now=now)
        return sealed.unseal(data, material.read(checked.encoded))


def _request(known: Sequence[Known], index: int) -> Known:
    if not 0 <= index < len(known) or known[index].predicate not in REQUESTS or known[index].fields is None:
        raise NotFound(f"There is no request at index {index}.", code="approval.request")
    return known[index]
