"""What every verb of the room stands on: the log as its statements, what follows from them, and how one is recorded."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kept.core import redaction
from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.erasure import ERASURE_TYPE
from kept.core.statement import Envelope, Statement
from kept.core.trust import VOID, Authorised, Trust
from kept.errors import Conflict, Denied, NotFound, Unverified
from kept.practices.reporting.methods import statements
from kept.practices.reporting.methods.campaigns import gather
from kept.practices.reporting.methods.derive import Derivation, derive
from kept.practices.reporting.methods.gate import find, find_named
from kept.practices.reporting.methods.governance.approvals import approvals
from kept.practices.reporting.methods.governance.withheld import concealed
from kept.practices.reporting.ports import Outcomes
from kept.practices.reporting.records import Known, Material, Settings
from kept.predicates.gate_veto import ROLE


class Room:
    """The room's context, and what its verbs share."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings: Settings = context.settings or Settings()
        self._outcomes: Outcomes = context.ports["outcomes"]

    def _now(self) -> str:
        return format_time(self._context.clock())

    def _record(self, statement: Statement, *, by: Actor, model: str = "", conceal: tuple[str, ...] = ()) -> int:
        # Imported here because whoever only verifies needs no database.
        from kept.core.ledger import Draft

        (receipt,) = self._context.ledger.record(Draft(statement, model=model, conceal=conceal), by=by)
        return receipt.index

    def _model(self, name: str) -> Mapping[str, Any]:
        """The model that is called so, or whose identity that is. Raises NotFound unless one of these is known."""
        try:
            return self._recorded(name)
        except NotFound:
            if not name.startswith("sha256:"):
                raise
            return {"id": name, "name": "model"}

    def _recorded(self, name: str) -> Mapping[str, Any]:
        """The model that is called so, in two steps. Raises NotFound where no statement names it.

        1. By its identity, its name or its address, as the report has them.
        2. By any other name that a statement gives it, such as that of a programme for reports.
        """
        known = self._known()
        derivation = self._derived(known)
        address = self._context.workspace.models.get(name, name)
        try:
            # 1.
            return find(derivation, address)
        except NotFound:
            # 2.
            found = find_named(derivation, known, name, address=address)
            if found is None:
                raise
            return found

    def _standing(self, envelope: Envelope) -> Authorised | None:
        """Who would stand behind an envelope that is recorded next; None where its signatures wouldn't count.

        Raises Unverified when a signature of a known key doesn't hold.
        """
        trust, materials = self._trust(), self._materials(None)
        keys = statements.history(
            materials, [statements.read_entry(each.index, each.entry) for each in materials], trust
        )
        kind = envelope.statement().predicate_type
        try:
            return trust.authorise(envelope, predicate_type=kind, index=len(materials), history=keys)
        except Unverified as error:
            if error.code not in VOID:
                raise
            return None

    def _derived(self, known: Sequence[Known] | None = None) -> Derivation:
        known = self._known() if known is None else known
        return derive(known, self._collect(known), as_of=self._now())

    def _known(self) -> list[Known]:
        """The whole log as its readers see it."""
        return self._published(None, as_of=self._now())[1]

    def _published(self, size: int | None, *, as_of: str) -> tuple[list[Material], list[Known]]:
        """The log up to a size without the fields that are withheld, and what its statements say."""
        trust, materials = self._trust(), self._materials(size)
        known = known_from(materials, trust)
        hidden = concealed(known, approvals(known), as_of=as_of)
        if not hidden:
            return materials, known
        shown = [_without(material, hidden.get(material.index, frozenset())) for material in materials]
        return shown, known_from(shown, trust)

    def _check_veto(self, model: str, *, lift: bool, roles: Collection[str], who: str) -> None:
        """Raises Denied without the role, NotFound for the model, and Conflict where there is nothing to lift."""
        if ROLE not in roles:
            raise Denied(f"{who} may not veto: that takes the role {ROLE}.", code="gate.veto")
        derivation = self._derived()
        found = find(derivation, model)
        vetoes = [each["vetoes"] for each in derivation.document["gates"] if each["model"] == found["id"]]
        if lift and not (vetoes and vetoes[0] and vetoes[0][-1]["closes"]):
            raise Conflict(f"There is no veto against {found['name']} to be lifted.", code="gate.no-veto")

    def _allow(self, predicate: str, by: Actor) -> None:
        """Refuse a statement that would be void. Raises Denied, naming the roles that may sign it."""
        roles = self._trust().rule(predicate).roles
        if not by.roles & roles:
            raise Denied(
                f"{by.id} may not sign this: by the trust file its signature wouldn't count.",
                code="actor.role",
                hint=f"It takes one of the roles {', '.join(sorted(roles))}.",
            )

    def _trust(self) -> Trust:
        return Trust.load(self._context.workspace.trust_file)

    def _materials(self, size: int | None) -> list[Material]:
        """The log up to a size, with what is concealed."""
        found: list[Material] = []
        erased: dict[int, int] = {}
        for recorded in self._context.ledger.statements():
            if size is not None and recorded.index >= size:
                break
            if recorded.entry.predicate == ERASURE_TYPE and recorded.statement is not None:
                erased[recorded.statement.predicate["index"]] = recorded.index
            body = recorded.body
            found.append(
                Material(recorded.index, recorded.entry.raw, body.salt, body.envelope, body.disclosures)
                if body
                else Material(recorded.index, recorded.entry.raw, erased_by=-1)
            )
        return [_with_erasure(material, erased) if material.erased_by is not None else material for material in found]

    def _collect(self, known: Sequence[Known]) -> dict[str, bytes]:
        closed = [campaign.id for campaign in gather(known) if campaign.result is not None]
        return {name: self._outcomes.outcomes(name) for name in closed}


def known_from(materials: Sequence[Material], trust: Trust) -> list[Known]:
    """What the statements say, and who stands behind each. Raises Unverified or Invalid."""
    entries = [statements.read_entry(each.index, each.entry) for each in materials]
    keys = statements.history(materials, entries, trust)
    pairs = zip(materials, entries, strict=True)
    return [statements.read(material, entry, trust=trust, keys=keys) for material, entry in pairs]


def _without(material: Material, hidden: frozenset[str]) -> Material:
    kept = tuple(each for each in material.disclosures if redaction.digest(each) not in hidden)
    return replace(material, disclosures=kept)


def _with_erasure(material: Material, erased: Mapping[int, int]) -> Material:
    if material.index not in erased:
        raise Unverified(
            f"The body of entry {material.index} is gone, and no erasure was recorded.",
            code="report.body-missing",
            hint="Restore the store from a backup.",
        )
    return Material(material.index, material.entry, erased_by=erased[material.index])
