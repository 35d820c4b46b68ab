"""The gate: its answer, its recorded decisions, overrides that others approve, and the veto of trust and safety."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kept.core.actor import Actor
from kept.core.commitments import catalog
from kept.errors import Conflict, NotFound
from kept.practices.reporting.methods import policy as policies
from kept.practices.reporting.methods.coverage import DOMAINS
from kept.practices.reporting.methods.derive import Derivation
from kept.practices.reporting.methods.gate import decide, find
from kept.practices.reporting.records import Asked, Gate, Gated
from kept.practices.reporting.service.room import Room
from kept.predicates.gate_decision import RULES, GateDecision, Policy
from kept.predicates.gate_override import GateOverride
from kept.predicates.gate_veto import GateVeto


class Gating(Room):
    """Answers for releases."""

    def gate(self, model: str, *, policy: Mapping[str, Any] | None = None) -> Gate:
        """Whether a model, given by name, address or identity, may be released now, by a policy (the workspace's).

        Raises NotFound, and Invalid for a policy that is malformed or names what nobody tests.
        """
        derivation = self._derived()
        judged = self._policy(policy, derivation)
        address = self._context.workspace.models.get(model, model)
        try:
            found = find(derivation, address)
        except NotFound:
            if model not in self._context.workspace.models:
                raise
            return Gate("", model, False, (f"Nothing was recorded about {address}.",))
        return decide(derivation, found, judged, as_of=self._now())

    def gate_record(self, model: str, *, policy: Mapping[str, Any] | None = None, by: Actor) -> Gated:
        """Record what the policy answers for a model now, with every reason; overrides and vetoes are told beside it.

        Raises NotFound for a model of which nothing was recorded, and Invalid for a policy.
        """
        self._allow(GateDecision.of_type, by)
        known = self._known()
        derivation = self._derived()
        judged = self._policy(policy, derivation)
        found = find(derivation, self._context.workspace.models.get(model, model))
        issued = self._now()
        own = {
            name: [each for each in derivation.document[name] if each["model"] == found["id"]]
            for name in ("campaigns", "claims", "statuses")
        }
        compared = [each for each in derivation.document["comparisons"] if each["after"]["model"] == found["id"]]
        reasons = policies.against(judged, **own, comparisons=compared, as_of=issued)
        made = GateDecision.of(
            model=found["id"],
            decision="closed" if reasons else "open",
            reasons=tuple(reasons),
            policy=judged,
            policy_digest=judged.digest,
            rules=RULES,
            catalog=catalog.document()["digest"],
            size=len(known),
            issued=issued,
            by=by.id,
        )
        index = self._record(made.to_statement(model_name=found["name"]), model=made.model, by=by)
        return Gated(index, found["name"], made.decision == "open", made.reasons, made.policy_digest)

    def gate_override(self, index: int, reason: str, *, name: str, role: str, by: Actor) -> Asked:
        """Ask that the closed decision at an index be overridden; two other holders have to approve.

        Raises NotFound where no such decision is, Conflict for one that is open, and Invalid.
        """
        known = self._known()
        if not 0 <= index < len(known) or known[index].predicate != GateDecision.of_type or not known[index].fields:
            raise NotFound(f"There is no gate decision at index {index}.", code="gate.decision")
        if GateDecision.parse(known[index].statement()).decision == "open":
            raise Conflict(f"The decision at index {index} left the gate open.", code="gate.open")
        self._allow(GateOverride.of_type, by)
        made = GateOverride.of(
            model=known[index].model,
            decision=index,
            entry=known[index].entry,
            reason=reason.replace("\r\n", "\n").strip(),
            name=name.strip(),
            role=role.strip(),
            issued=self._now(),
            by=by.id,
        )
        return Asked(self._record(made.to_statement(), model=made.model, by=by), "override")

    def gate_veto(self, model: str, reason: str, *, name: str, role: str, lift: bool = False, by: Actor) -> Asked:
        """Close the gate of a model, whatever policy and overrides say, or lift that again.

        Raises Denied to whoever doesn't hold the role trust-and-safety, Conflict where there is nothing to lift, and
        NotFound for the model.
        """
        found = self._recorded(model)
        self._check_veto(found["id"], lift=lift, roles=by.roles, who=by.id)
        self._allow(GateVeto.of_type, by)
        made = self._veto(found, reason, name=name, role=role, lift=lift, by=by.id)
        return Asked(self._record(made.to_statement(model_name=found["name"]), model=made.model, by=by), made.event)

    def draft_veto(self, model: str, reason: str, *, holder: str, name: str, role: str, lift: bool = False) -> bytes:
        """The unsigned veto against a model, or its end, for a holder to sign at home. Raises NotFound and Invalid."""
        found = self._recorded(model)
        made = self._veto(found, reason, name=name, role=role, lift=lift, by=holder)
        return made.to_statement(model_name=found["name"]).to_bytes()

    def _veto(self, found: Mapping[str, Any], reason: str, *, name: str, role: str, lift: bool, by: str) -> GateVeto:
        return GateVeto.of(
            event="lifted" if lift else "vetoed",
            model=found["id"],
            reason=reason.replace("\r\n", "\n").strip(),
            name=name.strip(),
            role=role.strip(),
            issued=self._now(),
            by=by,
        )

    def _policy(self, given: Mapping[str, Any] | None, derivation: Derivation) -> Policy:
        domains = {each["domain"] for each in derivation.document["claims"]} | set(DOMAINS)
        table = self._settings.policy if given is None else given
        return policies.read(
            table, required=self._settings.required, tolerance=self._settings.tolerance, domains=domains
        )
