"""Keys of marks: made, rotated, retired and revoked, each sealed in a file of its own under keys/marks.

They stand beside the keys that sign, and not in the store, so that content can be checked while that is out of reach.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kept.core import canonical, durable
from kept.core.context import Context, format_time
from kept.core.keys.secret import FILE_LIMIT, choose_passphrase, read_private, write_private
from kept.errors import Conflict, Invalid, NotFound
from kept.practices.provenance.methods.sealing import NONCE_BYTES, SALT_BYTES, SECRET_BYTES, seal, unseal
from kept.practices.provenance.records import KeyRow, KeyState, MarkKey

REASON_LIMIT = 2000
FOLDER, LOCK = "marks", "marks.lock"
_ORDER: tuple[KeyState, ...] = ("current", "retired", "revoked")
_NAME = re.compile(r"mk-[0-9a-f]{8}")


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
class _Held:
    """What a key's file says."""

    number: int
    row: KeyRow
    salt: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MarkKeys:
    """The keys of one workspace."""

    context: Context
    _passphrase: list[bytes] = field(default_factory=list, repr=False)

    @property
    def folder(self) -> Path:
        """Where the files stand."""
        return self.context.workspace.keys / FOLDER

    def rows(self) -> tuple[KeyRow, ...]:
        """Every key, newest first. Raises Invalid for a damaged file, or Denied for one that others may read."""
        return tuple(each.row for each in self._held())

    def row(self, name: str) -> KeyRow:
        """One key. Raises NotFound."""
        return self._one(name).row

    def open(self) -> OpenKeys:
        """Every key with its secret: current ones first, then retired, then revoked; newer before older.

        Raises Denied for a wrong passphrase.
        """
        held = sorted(self._held(), key=lambda each: _ORDER.index(each.row.state))
        keys = tuple(MarkKey(each.row.id, self._secret(each)) for each in held)
        return OpenKeys(keys, {each.row.id: each.row.state for each in held})

    def make(self) -> KeyRow:
        """Make a current key, durably."""
        entropy, now = self.context.entropy, format_time(self.context.clock())
        held = self._held()
        name = f"mk-{entropy(4).hex()}"
        salt = held[-1].salt if held else entropy(SALT_BYTES)
        sealed = seal(entropy(SECRET_BYTES), self.passphrase(), salt=salt, nonce=entropy(NONCE_BYTES), name=name)
        number = max((each.number for each in held), default=0) + 1
        made = _Held(number, KeyRow(name, "current", now, now), salt, sealed)
        write_private(self._path(name), _written(made))
        return made.row

    def succeed(self, name: str) -> None:
        """Make a key in the place of one that is used up, which is retired; once, however many processes ask for it."""
        with durable.locked(self.context.workspace.state / LOCK):
            if self.row(name).state == "current":
                self.make()
                self.change(name, "retired")

    def change(self, name: str, state: KeyState, *, reason: str = "") -> KeyRow:
        """Retire or revoke one key. Raises NotFound, Conflict where it is so already or was revoked, or Invalid."""
        held = self._one(name)
        if held.row.state in (state, "revoked"):
            raise Conflict(f"The mark key {name} is {held.row.state} already.", code="mark-key.state")
        reason = _reason(state, reason)
        row = replace(held.row, state=state, changed=format_time(self.context.clock()), reason=reason)
        durable.write(self._path(name), _written(replace(held, row=row)), mode=0o600)
        return row

    def passphrase(self) -> bytes:
        """What unlocks the keys, looked for once."""
        if not self._passphrase:
            self._passphrase.append(choose_passphrase(os.environ, self.context.workspace.secret))
        return self._passphrase[0]

    def _secret(self, held: _Held) -> bytes:
        return unseal(held.sealed, self.passphrase(), salt=held.salt, name=held.row.id)

    def _held(self) -> list[_Held]:
        found = [_read(path) for path in self.folder.glob("mk-*.json")]
        return sorted(found, key=lambda each: (each.number, each.row.id), reverse=True)

    def _one(self, name: str) -> _Held:
        if not _NAME.fullmatch(name) or not self._path(name).exists():
            raise NotFound(
                f"There is no mark key {name[:40]!r}.", code="mark-key.missing", hint="kept provenance keys list"
            )
        return _read(self._path(name))

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"


def _reason(state: KeyState, reason: str) -> str:
    reason = reason.strip()
    if len(reason) > REASON_LIMIT or (state == "revoked" and not reason):
        raise Invalid(
            f"A key is revoked for a reason of at most {REASON_LIMIT} characters.",
            code="mark-key.reason",
            hint="--reason",
        )
    return reason


def _written(held: _Held) -> bytes:
    row = held.row
    document: dict[str, Any] = {
        "version": 1,
        "number": held.number,
        "id": row.id,
        "state": row.state,
        "made": row.made,
        "changed": row.changed,
        "reason": row.reason,
        "salt": base64.b64encode(held.salt).decode(),
        "sealed": base64.b64encode(held.sealed).decode(),
    }
    return canonical.encode(document) + b"\n"


def _read(path: Path) -> _Held:
    document = canonical.decode(read_private(path), limit=FILE_LIMIT, what=str(path))
    try:
        state = next(state for state in _ORDER if state == document["state"])
        made, changed, reason = (str(document[name]) for name in ("made", "changed", "reason"))
        row = KeyRow(str(document["id"]), state, made, changed, reason)
        salt, sealed = (base64.b64decode(document[name], validate=True) for name in ("salt", "sealed"))
        number = int(document["number"])
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise Invalid(f"{path} is not the file of a mark key: {error!r}.", code="mark-key.malformed") from error
    if f"{row.id}.json" != path.name or document.get("version") != 1:
        raise Invalid(f"{path} is not the file of a mark key of version 1.", code="mark-key.malformed")
    return _Held(number, row, salt, sealed)
