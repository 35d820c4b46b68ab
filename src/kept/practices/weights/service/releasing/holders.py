"""The public keys of holders, as the trust file and the ledger's key events say: never their private ones."""

from __future__ import annotations

from kept.core.context import Context
from kept.core.trust import KEY_EVENT_TYPE, KeyHistory, Tenure, Trust
from kept.errors import Denied, Unverified


class Holders:
    """Who may speak for whom now; a key that was revoked counts no longer from the next question on."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: tuple[int, dict[str, Tenure]] = (-1, {})

    def roles(self, actor: str, key_id: str, message: bytes, signature: bytes) -> frozenset[str]:
        """The roles of a holder whose key signed the message.

        Raises Denied, in the same words for an unknown holder, an unknown key, a revoked one and a bad signature.
        """
        size = self._context.ledger.size()
        tenure = self._tenures(size).get(key_id)
        try:
            if tenure is None or not _speaks_for(tenure, actor, size):
                raise Unverified("Not a key of this holder.")
            tenure.holder.key.verify(signature, message)
        except Unverified as error:
            raise Denied(
                "The broker doesn't know you by this key.",
                code="broker.unknown",
                hint="Act as a holder of the workspace's keyring: kept --as NAME weights …",
            ) from error
        return tenure.holder.roles

    def _tenures(self, size: int) -> dict[str, Tenure]:
        if self._known[0] != size:
            trust = Trust.parse(self._context.workspace.trust_file.read_bytes())
            events = self._context.ledger.statements(KEY_EVENT_TYPE)
            history = KeyHistory.replay(trust, [(each.index, each.envelope) for each in events if each.envelope])
            self._known = (size, dict(history.tenures))
        return self._known[1]


def _speaks_for(tenure: Tenure, actor: str, size: int) -> bool:
    holder = tenure.holder
    return holder.purpose == "statement" and holder.name == actor and tenure.counts_at(size)
