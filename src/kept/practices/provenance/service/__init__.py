"""The verbs of the provenance room."""

from __future__ import annotations

from sqlalchemy import Connection

from kept.core.context import Context
from kept.practices.provenance.records import KeyRow
from kept.practices.provenance.service.keys import MarkKeys


class Service:
    """Keeps the keys of marks."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._keys = MarkKeys(context)

    def keys_new(self) -> KeyRow:
        """Make a key; marks are made under it from now on, and the ones before it stay as they are."""
        return self._made(retire=False)

    def keys_list(self) -> tuple[KeyRow, ...]:
        """Every key, newest first; never a secret."""
        return self._keys.rows()

    def keys_rotate(self) -> KeyRow:
        """Retire every current key and make a new one."""
        return self._made(retire=True)

    def keys_retire(self, key: str) -> KeyRow:
        """Mark under this key no more; it is still tried on a check. Raises NotFound or Conflict."""
        self._context.store.write(lambda connection: self._keys.change(connection, key, "retired"))
        return self._row(key)

    def keys_revoke(self, key: str, *, reason: str) -> KeyRow:
        """Say that others may know this key: a mark under it proves nothing. Raises NotFound, Conflict or Invalid."""
        self._context.store.write(lambda connection: self._keys.change(connection, key, "revoked", reason=reason))
        return self._row(key)

    def _made(self, *, retire: bool) -> KeyRow:
        def work(connection: Connection) -> str:
            if retire:
                self._keys.retire_current(connection)
            return self._keys.make(connection)

        return self._row(self._context.store.write(work))

    def _row(self, key: str) -> KeyRow:
        return next(row for row in self._keys.rows() if row.id == key)
