"""What the ledger was told of each lease: it can't be changed as rows of the store can."""

from __future__ import annotations

from kept.core.context import Context
from kept.core.statement import Envelope
from kept.practices.weights.service.leasing.standing import Standing
from kept.predicates.weights_lease import WeightsLease

_SIGNERS = frozenset({"provider", "custodian"})


class Told:
    """States by the salted digest of the request; the ledger is read on from where it was read last."""

    def __init__(self, context: Context, standing: Standing) -> None:
        self._context = context
        self._standing = standing
        self._read = 0
        self._states: dict[str, set[str]] = {}

    def states(self, lease: str) -> frozenset[str]:
        """Every state that was recorded of a lease; one that grants only by a key that counted then.

        Raises Unverified where an entry of the ledger was changed.
        """
        size = self._standing.size()
        if size > self._read:
            for recorded in self._context.ledger.statements(WeightsLease.of_type, since=self._read):
                # An erased body tells nothing, so what it granted is granted no longer.
                if recorded.predicate is None or recorded.envelope is None:
                    continue
                state = str(recorded.predicate.get("state"))
                if state != "granted" or self._granted(recorded.envelope, recorded.index):
                    self._states.setdefault(str(recorded.predicate.get("lease")), set()).add(state)
            self._read = size
        return frozenset(self._states.get(lease, ()))

    def _granted(self, envelope: Envelope, index: int) -> bool:
        return any(key.roles & _SIGNERS for key in self._standing.counted(envelope, at=index))
