"""Keys of marks: made, rotated, retired and revoked; their secrets are sealed in the store."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from kept.core.context import Context, format_time
from kept.core.keys.secret import choose_passphrase
from kept.errors import Conflict, Invalid, NotFound
from kept.practices.provenance.methods.sealing import NONCE_BYTES, SALT_BYTES, SECRET_BYTES, seal, unseal
from kept.practices.provenance.records import KeyRow, KeyState, MarkKey
from kept.practices.provenance.service.tables import KEYS

REASON_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class OpenKeys:
    """Keys whose secrets are at hand, each with its state: those to try, in the order to try them."""

    keys: tuple[MarkKey, ...]
    states: Mapping[str, KeyState]

    def current(self) -> MarkKey:
        """The key to mark under. Raises NotFound where there is none."""
        for key in self.keys:
            if self.states[key.id] == "current":
                return key
        raise NotFound(
            "There is no key to mark under.", code="mark-key.none", hint="Make one: kept provenance keys new"
        )


@dataclass(frozen=True, slots=True)
class MarkKeys:
    """The keys of one workspace."""

    context: Context
    _passphrase: list[bytes] = field(default_factory=list, repr=False)

    def rows(self) -> tuple[KeyRow, ...]:
        """Every key, newest first."""
        query = select(KEYS).order_by(KEYS.c.number.desc())
        with self.context.store.read() as connection:
            found = connection.execute(query).all()
        return tuple(KeyRow(row.id, row.state, row.made, row.changed, row.reason) for row in found)

    def open(self) -> OpenKeys:
        """Every key with its secret: current ones first, then retired, then revoked; newer before older.

        Raises Denied for a wrong passphrase.
        """
        query = select(KEYS).order_by(KEYS.c.number.desc())
        with self.context.store.read() as connection:
            found = connection.execute(query).all()
        ordered = sorted(found, key=lambda row: ("current", "retired", "revoked").index(row.state))
        keys = tuple(
            MarkKey(row.id, unseal(row.sealed, self.passphrase(), salt=row.salt, name=row.id)) for row in ordered
        )
        return OpenKeys(keys, {row.id: row.state for row in found})

    def make(self, connection: Connection) -> str:
        """Make a current key; returns its id."""
        entropy, now = self.context.entropy, format_time(self.context.clock())
        salt = connection.execute(select(KEYS.c.salt).order_by(KEYS.c.number).limit(1)).scalar() or entropy(SALT_BYTES)
        name = f"mk-{entropy(4).hex()}"
        sealed = seal(entropy(SECRET_BYTES), self.passphrase(), salt=bytes(salt), nonce=entropy(NONCE_BYTES), name=name)
        made = {
            "id": name,
            "state": "current",
            "salt": salt,
            "sealed": sealed,
            "made": now,
            "changed": now,
            "reason": "",
        }
        connection.execute(KEYS.insert().values(**made))
        return name

    def retire_current(self, connection: Connection) -> None:
        """Retire every current key."""
        changed = {"state": "retired", "changed": format_time(self.context.clock())}
        connection.execute(KEYS.update().where(KEYS.c.state == "current").values(**changed))

    def change(self, connection: Connection, name: str, state: KeyState, *, reason: str = "") -> None:
        """Retire or revoke one key. Raises NotFound, or Conflict where it is so already, or was revoked."""
        row = connection.execute(select(KEYS.c.state).where(KEYS.c.id == name)).one_or_none()
        if row is None:
            raise NotFound(f"There is no mark key {name!r}.", code="mark-key.missing", hint="kept provenance keys list")
        if row.state in (state, "revoked"):
            raise Conflict(f"The mark key {name} is {row.state} already.", code="mark-key.state")
        changed = {
            "state": state,
            "changed": format_time(self.context.clock()),
            "reason": checked_reason(state, reason),
        }
        connection.execute(KEYS.update().where(KEYS.c.id == name).values(**changed))

    def passphrase(self) -> bytes:
        """What unlocks the keys, looked for once."""
        if not self._passphrase:
            self._passphrase.append(choose_passphrase(os.environ, self.context.workspace.secret))
        return self._passphrase[0]


def checked_reason(state: KeyState, reason: str) -> str:
    """The reason of a change. Raises Invalid where a revocation has none, or for one that is too long."""
    reason = reason.strip()
    if len(reason) > REASON_LIMIT or (state == "revoked" and not reason):
        raise Invalid(
            f"A key is revoked for a reason of at most {REASON_LIMIT} characters.",
            code="mark-key.reason",
            hint="--reason",
        )
    return reason
