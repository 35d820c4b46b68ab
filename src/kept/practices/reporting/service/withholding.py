"""Withholding: a request, another holder's word on it, and how a named auditor gets and checks what is withheld."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from kept.core import redaction
from kept.core.actor import Actor
from kept.core.trust.reading import nearest
from kept.errors import Invalid
from kept.practices.reporting.methods import material, sealed
from kept.practices.reporting.records import Asked, Material, Unsealed
from kept.practices.reporting.service.checked import check_folder
from kept.practices.reporting.service.room import Room
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
