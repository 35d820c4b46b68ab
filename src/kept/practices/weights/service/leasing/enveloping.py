"""Key envelopes: made when a file is sealed, wrapped anew when the key-encryption key is replaced, opened."""

from __future__ import annotations

from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.keys.wiping import wipe
from kept.practices.weights.methods import envelope as envelopes
from kept.practices.weights.methods.envelope import Envelope, Parts, Sharing
from kept.practices.weights.records import Settings
from kept.practices.weights.service.leasing.brokers import Brokers
from kept.practices.weights.service.leasing.custodians import Custodians
from kept.practices.weights.service.leasing.keks import Keks
from kept.practices.weights.service.leasing.recording import Recording
from kept.practices.weights.service.leasing.standing import Standing


class Enveloping:
    """What sealing and rotation need of keys; the container holds the bytes and never looks into them."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self._keks = Keks(context, settings)
        standing = Standing(context)
        self._custodians = Custodians(context, settings, standing)
        self._brokers = Brokers(context, self._keks, standing)

    def sharing(self) -> Sharing:
        """Among whom the next file's key is shared. Raises Invalid while there are too few custodians."""
        return self._custodians.sharing()

    def make(self, file_id: str, parts: Parts) -> bytes:
        """The envelope of a new file's key, under the current key-encryption key, for the custodians of now.

        Whatever is sealed can be lent, so a broker's key is made here, where there is none. Raises Invalid while there
        are too few custodians, and whatever the key-encryption key raises.
        """
        sharing = self.sharing()
        row, wrapper = self._keks.current()
        self.prepare(by=Recording(self._context).recorder(None))
        wrapped = wrapper.wrap(parts.service, envelopes.context(file_id))
        entropy = self._context.entropy
        return envelopes.make(file_id, parts, sharing, kek=row.key_id, wrapped=wrapped, entropy=entropy)

    def prepare(self, *, by: Actor) -> None:
        """Make a key for the broker, where there is none under the current key-encryption key; `by` vouches for it."""
        self._brokers.ensure(by=by)

    def rewrapped(self, envelope: bytes) -> bytes:
        """The same envelope under the current key-encryption key; the same bytes where it is already.

        Raises Invalid for what is no envelope, Denied when what wrapped it was destroyed, Unverified or Unavailable.
        """
        found = envelopes.parse(envelope)
        row, wrapper = self._keks.current()
        if found.kek == row.key_id:
            return envelope
        part = self.service_part(found)
        try:
            return found.rewrapped(
                kek=row.key_id, wrapped=wrapper.wrap(part, envelopes.context(found.file_id))
            ).to_bytes()
        finally:
            wipe(part)

    def service_part(self, envelope: Envelope) -> bytearray:
        """The half that the key-encryption key keeps, for the caller to wipe. Raises Denied or Unverified."""
        opener = self._keks.opener(envelope.kek)
        return opener.unwrap(envelope.wrapped, envelopes.context(envelope.file_id))
