"""Whose signatures count: by the workspace's trust file and the key events of its ledger, by index and no clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kept.core.context import Context
from kept.core.statement import Envelope
from kept.core.trust import KeyHistory, Tenure, Trust, TrustedKey, key_events
from kept.errors import Denied

_REMEMBERED = 4096


class Standing:
    """Answers from the ledger as it is now; it is replayed when it has grown."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._replayed: tuple[int, Trust, KeyHistory] | None = None
        self._held = threading.local()
        self._verified: set[tuple[Envelope, str]] = set()

    @contextmanager
    def still(self) -> Iterator[None]:
        """Look at the ledger once for all that this thread asks within."""
        self._held.size = self._context.ledger.size()
        try:
            yield
        finally:
            self._held.size = None

    def size(self) -> int:
        """How many entries the ledger has."""
        held: int | None = getattr(self._held, "size", None)
        return self._context.ledger.size() if held is None else held

    def signatories(self, envelope: Envelope, *, at: int | None = None) -> tuple[TrustedKey, ...]:
        """The keys that signed, that counted at a ledger index (now, unless given) and that count still.

        Raises Unverified when a signature of a known key doesn't hold.
        """
        size, _, _ = self._known()
        index = size if at is None else at
        return tuple(
            tenure.holder for tenure in self._signed(envelope) if tenure.counts_at(index) and tenure.until is None
        )

    def known(self, envelope: Envelope) -> tuple[TrustedKey, ...]:
        """The keys that signed and that counted once, whatever became of them. Raises Unverified."""
        return tuple(tenure.holder for tenure in self._signed(envelope))

    def counted(self, envelope: Envelope, *, at: int) -> tuple[TrustedKey, ...]:
        """The keys that signed and that counted at a ledger index, whatever became of them. Raises Unverified."""
        return tuple(tenure.holder for tenure in self._signed(envelope) if tenure.counts_at(at))

    def require(self, envelope: Envelope, *, name: str, role: str, at: int | None = None) -> tuple[TrustedKey, ...]:
        """The keys of the holder called `name`, in this role, that signed and count. Raises Denied without one."""
        found = [key for key in self.signatories(envelope, at=at) if key.name == name and role in key.roles]
        if not found:
            raise Denied(
                f"No key of {name} that counts in the role {role} has signed.",
                code="lease.signer",
                hint="A key that was revoked or replaced counts no longer: kept ledger key list",
            )
        return tuple(found)

    def revoked(self, key_id: str) -> bool:
        """Whether a key was known once and counts no longer."""
        tenure = self._known()[2].tenures.get(key_id)
        return tenure is not None and tenure.until is not None

    def tenure(self, key_id: str) -> Tenure | None:
        """What is known of a key."""
        return self._known()[2].tenures.get(key_id)

    def office(self, name: str, role: str) -> tuple[TrustedKey, ...]:
        """The keys of a holder that count now, in this role and no other."""
        tenures = self._known()[2].tenures.values()
        return tuple(
            each.holder
            for each in tenures
            if each.until is None and each.holder.name == name and each.holder.roles == {role}
        )

    def refused(self, *signed: Envelope) -> str:
        """Why key events that would be recorded next take no effect; empty where all of them do."""
        size, trust, _ = self._known()
        numbered = [(size + more, envelope) for more, envelope in enumerate(signed)]
        history = KeyHistory.replay(trust, [*key_events(self._context.ledger), *numbered])
        return next((one.message for one in history.refused if one.index >= size), "")

    def _signed(self, envelope: Envelope) -> Iterator[Tenure]:
        known = self._known()[2].tenures
        for signature in envelope.signatures:
            tenure = known.get(signature.key_id)
            if tenure is not None and tenure.holder.purpose == "statement":
                self._verify(envelope, tenure.holder)
                yield tenure

    def _verify(self, envelope: Envelope, holder: TrustedKey) -> None:
        """Check a signature, once for the same bytes and the same key."""
        if (envelope, holder.key_id) in self._verified:
            return
        envelope.verify(holder.key)
        if len(self._verified) >= _REMEMBERED:
            self._verified.clear()
        self._verified.add((envelope, holder.key_id))

    def _known(self) -> tuple[int, Trust, KeyHistory]:
        size = self.size()
        if self._replayed is None or self._replayed[0] != size:
            trust = Trust.load(self._context.workspace.trust_file) if self._replayed is None else self._replayed[1]
            self._replayed = (size, trust, KeyHistory.replay(trust, key_events(self._context.ledger)))
        return self._replayed
