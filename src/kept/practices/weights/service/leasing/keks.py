"""Key-encryption keys: which there are, where they stand, and what opens what they wrapped."""

from __future__ import annotations

import os
from pathlib import PurePosixPath

from sqlalchemy import Connection, select

from kept.core.context import Context, format_time
from kept.core.keys.secret import choose_passphrase
from kept.core.keys.wrapping import Reach, Wrapper, create, open_wrapper
from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.weights.records import Settings
from kept.practices.weights.records.leases import KekRow
from kept.practices.weights.service.tables.leasing import KEKS

FIRST = "weights"


class Keks:
    """The key-encryption keys of one workspace; each is opened once."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self._settings = settings
        self._opened: dict[str, Wrapper] = {}

    def rows(self) -> tuple[KekRow, ...]:
        """Every key, the newest first."""
        with self._context.store.read() as connection:
            return tuple(
                _row(row) for row in connection.execute(select(KEKS).order_by(KEKS.c.made.desc(), KEKS.c.name))
            )

    def row(self, name: str) -> KekRow:
        """One key. Raises NotFound."""
        for row in self.rows():
            if row.name == name:
                return row
        raise NotFound(f"There is no wrapping key {name[:64]!r}.", code="kek.missing", hint="kept weights keys list")

    def current(self) -> tuple[KekRow, Wrapper]:
        """The key that wraps what is sealed now; the one that the settings name is made, or taken, at its first use.

        Raises whatever opening or making it raises.
        """
        rows = self.rows()
        for row in rows:
            if row.state == "current":
                return row, self.wrapper(row)
        # Where the one before was destroyed, another is made beside its place.
        return self._adopt(self._next_name(), self.next_uri() if rows else self._settings.kek)

    def opener(self, key_id: str) -> Wrapper:
        """What unwraps keys that note this id. Raises NotFound, or Denied for one that was destroyed."""
        for row in self.rows():
            if row.key_id == key_id:
                if row.state in ("destroying", "destroyed"):
                    raise Denied(
                        f"The wrapping key {row.name} was destroyed, and everything under it with it.",
                        code="kek.destroyed",
                    )
                return self.wrapper(row)
        raise NotFound(
            f"No wrapping key here is called {key_id[:64]!r}.",
            code="kek.missing",
            hint="The file was sealed in another workspace, or its wrapping key is not known here.",
        )

    def opens(self, key_id: str) -> bool:
        """Whether what this key wrapped can still be opened at all."""
        return any(row.key_id == key_id and row.state in ("current", "retired") for row in self.rows())

    def succeed(self, uri: str) -> tuple[KekRow, Wrapper]:
        """Make, or take, the key at `uri` as the current one, and retire the one before. Raises Conflict if in use.

        Whatever stops this half-way, the key before goes on, and the same call ends it.
        """
        rows = self.rows()
        if any(row.uri == uri for row in rows):
            raise Conflict("This wrapping key is or was in use.", code="kek.in-use", hint="Name another: --to URI")
        return self._adopt(self._next_name(), uri)

    def next_uri(self) -> str:
        """Where a successor of the settings' key is made. Raises Invalid where it has no place beside it."""
        return successor(self._settings.kek, len(self.rows()) + 1)

    def _next_name(self) -> str:
        count = len(self.rows())
        return f"{FIRST}-{count + 1}" if count else FIRST

    def changed(self, connection: Connection, row: KekRow, state: str) -> None:
        """Note a key's new state. Raises Conflict when it changed meanwhile."""
        values = {"state": state, "changed": format_time(self._context.clock())}
        change = KEKS.update().where(KEKS.c.name == row.name, KEKS.c.state == row.state).values(**values)
        if connection.execute(change).rowcount != 1:
            raise Conflict(f"The wrapping key {row.name} changed meanwhile.", code="kek.changed", hint="Look again.")

    def forget(self, row: KekRow) -> None:
        """Let go of an opened key."""
        self._opened.pop(row.uri, None)

    def reach(self) -> Reach:
        """What drivers are given."""
        workspace = self._context.workspace
        return Reach(workspace.folder, lambda: choose_passphrase(os.environ, workspace.secret), self._context.entropy)

    def _adopt(self, name: str, uri: str) -> tuple[KekRow, Wrapper]:
        try:
            wrapper = open_wrapper(uri, self.reach())
        except NotFound:
            wrapper = create(uri, self.reach())
        now = format_time(self._context.clock())
        row = KekRow(name, uri, wrapper.key_id, "current", now, now)

        def work(connection: Connection) -> KekRow:
            taken = connection.execute(select(KEKS).where(KEKS.c.uri == uri)).one_or_none()
            if taken is not None:
                return _row(taken)
            retired = KEKS.update().where(KEKS.c.state == "current").values(state="retired", changed=now)
            connection.execute(retired)
            connection.execute(KEKS.insert().values(**_values(row)))
            return row

        row = self._context.store.write(work)
        self._opened[uri] = wrapper
        return row, wrapper

    def wrapper(self, row: KekRow) -> Wrapper:
        """The key of a row, whatever its state. Raises Denied where another stands in its place, NotFound and so on."""
        if row.uri not in self._opened:
            found = open_wrapper(row.uri, self.reach())
            if found.key_id != row.key_id:
                raise Denied(
                    f"At {row.name}'s place stands another wrapping key.",
                    code="kek.other",
                    hint="Bring the key back from its backup.",
                )
            self._opened[row.uri] = found
        return self._opened[row.uri]


def successor(uri: str, number: int) -> str:
    """The place beside a wrapping key's: its file, object, alias or name, and a number. Raises Invalid without one."""
    scheme, _, rest = uri.partition(":")
    place, mark, query = rest.partition("?")
    if scheme == "file":
        path = PurePosixPath(rest)
        return f"file:{path.with_name(f'{path.stem}-{number}{path.suffix}')}"
    if scheme == "pkcs11":
        attributes = [f"{each}-{number}" if each.startswith("object=") else each for each in place.split(";")]
        return f"pkcs11:{';'.join(attributes)}{mark}{query}"
    if scheme == "vault" or place.startswith("alias/"):
        return f"{scheme}:{place}-{number}{mark}{query}"
    raise Invalid(
        "A key in KMS that is named by its id has no place beside it.",
        code="kek.next",
        hint="Name the next one: kept weights keys rotate --to awskms:alias/NAME",
    )


def _row(row: object) -> KekRow:
    return KekRow(*(getattr(row, name) for name in ("name", "uri", "key_id", "state", "made", "changed")))


def _values(row: KekRow) -> dict[str, str]:
    return {name: getattr(row, name) for name in ("name", "uri", "key_id", "state", "made", "changed")}
