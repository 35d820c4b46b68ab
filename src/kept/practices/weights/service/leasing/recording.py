"""What the ledger is told of leases: states, counts and salted digests, never a name, a host or a purpose."""

from __future__ import annotations

import hashlib
import os
from typing import Any

from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.keyring import Keyring
from kept.core.keys.secret import choose_passphrase
from kept.core.ledger import Draft
from kept.core.statement import Envelope
from kept.errors import Conflict, NotFound
from kept.practices.weights.records import Settings
from kept.practices.weights.records.leases import Lease
from kept.practices.weights.service.leasing.attesting import Attesting
from kept.practices.weights.service.leasing.moments import text
from kept.predicates.weights_approval import WeightsApproval
from kept.predicates.weights_lease import WeightsLease


class Recording:
    """Builds the statements, and says who signs them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def recorder(self, by: Actor | None) -> Actor:
        """Who signs what the ledger is told: the provider, where its key is here, so that no entry names a custodian.

        Raises NotFound or Conflict where there is no provider's key, and nobody acts.
        """
        workspace = self._context.workspace
        keyring = Keyring.load(workspace.folder, passphrase=lambda: choose_passphrase(os.environ, workspace.secret))
        try:
            return keyring.actor(None)
        except (NotFound, Conflict):
            if by is None:
                raise
            return by

    def lease(
        self, lease: Lease, state: str, *, salt: bytes, needed: int, approvals: int, now: int, by: Actor, **also: Any
    ) -> Draft:
        """What became of a lease."""
        values: dict[str, Any] = {
            "lease": salted(lease.digest, salt),
            "weights": f"sha256:{lease.weights}",
            "file": lease.file,
            "kind": lease.kind,
            "state": state,
            "break_glass": lease.break_glass,
            "attested": self._attested(lease.runtime),
            "requester": salted(lease.holder, salt),
            "purpose": salted(lease.purpose, salt),
            "host": salted(lease.runtime, salt),
            "tensors": "all" if lease.tensors == "*" else "some",
            "bytes": lease.bytes,
            "until": text(lease.until),
            "people_required": 1 if lease.break_glass else needed,
            "approvals": approvals,
            "issued": text(now),
            "by": by.id,
        }
        return Draft(WeightsLease.of(**values | also).to_statement())

    def _attested(self, runtime: str) -> bool:
        """Whether the lease releases a key to a runtime only that has shown what it is."""
        settings: Settings = self._context.settings or Settings()
        return Attesting(self._context, settings).wanted(runtime)

    def word(
        self, lease: Lease, verdict: str, signed: Envelope, *, salt: bytes, custodian: str, now: int, by: Actor
    ) -> Draft:
        """That a custodian said something, and the digest of what they signed."""
        made = WeightsApproval.of(
            lease=salted(lease.digest, salt),
            custodian=salted(custodian, salt),
            verdict=verdict,
            signed=f"sha256:{hashlib.sha256(signed.to_bytes()).hexdigest()}",
            issued=text(now),
            by=by.id,
        )
        return Draft(made.to_statement())


def salted(value: str, salt: bytes) -> str:
    """A digest that says nothing to whoever lacks the salt, which stays in the store."""
    return f"sha256:{hashlib.sha256(salt + value.encode()).hexdigest()}"
