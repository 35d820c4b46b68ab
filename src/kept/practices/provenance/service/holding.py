"""The verbs about keys of marks."""

from __future__ import annotations

from kept.practices.provenance.records import KeyRow
from kept.practices.provenance.service.keys import MarkKeys


class Holding:
    """Keeps the keys."""

    _keys: MarkKeys

    def keys_new(self) -> KeyRow:
        """Make a key; marks are made under it from now on, and the ones before it stay as they are."""
        return self._keys.make()

    def keys_list(self) -> tuple[KeyRow, ...]:
        """Every key, newest first; never a secret."""
        return self._keys.rows()

    def keys_rotate(self) -> KeyRow:
        """Make a new key, and retire every other one that is current."""
        made = self._keys.make()
        for row in self._keys.rows():
            if row.state == "current" and row.id != made.id:
                self._keys.change(row.id, "retired")
        return made

    def keys_retire(self, key: str) -> KeyRow:
        """Mark under this key no more; it is still tried on a check. Raises NotFound or Conflict."""
        return self._keys.change(key, "retired")

    def keys_revoke(self, key: str, *, reason: str) -> KeyRow:
        """Say that others may know this key: a mark under it proves nothing. Raises NotFound, Conflict or Invalid."""
        return self._keys.change(key, "revoked", reason=reason)
