"""The verbs about keys, custodians and leases."""

from __future__ import annotations

from kept.core.actor import Actor
from kept.core.context import Context
from kept.practices.weights.records import Settings
from kept.practices.weights.records.leases import CustodianRow
from kept.practices.weights.service.leasing.custodians import Custodians
from kept.practices.weights.service.leasing.standing import Standing


class Leasing:
    """Keeps the keys of sealed weights, and lends them."""

    _context: Context
    _settings: Settings

    def custodians_add(self, name: str, *, by: Actor) -> CustodianRow:
        """Make a custodian with keys of their own. Raises Denied unless `by` has the role root, Invalid or Conflict."""
        return self._custodians.add(name, by=by)

    def custodians_list(self) -> tuple[CustodianRow, ...]:
        """Everybody who is or was a custodian."""
        return self._custodians.rows()

    def custodians_remove(self, name: str, *, by: Actor) -> CustodianRow:
        """Seal nothing more to a custodian, whose approvals count no longer. Raises Denied or NotFound."""
        return self._custodians.remove(name, by=by)

    @property
    def _custodians(self) -> Custodians:
        return Custodians(self._context, self._settings, Standing(self._context))
