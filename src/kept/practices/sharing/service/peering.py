"""Who objects are exchanged with: added, listed, and how long ago each was heard of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context
from kept.core.keys import read_pem
from kept.errors import Conflict
from kept.practices.sharing.records import Peer, PeerRow, Settings
from kept.practices.sharing.records.peers import PeerState
from kept.practices.sharing.service.moments import microseconds, microseconds_of, told
from kept.practices.sharing.service.tables.peers import PEERS

SHARERS = ("share", "admin")
"""The roles that decide what is exchanged, and with whom."""


class Peering:
    """The verbs about peers."""

    _context: Context
    _settings: Settings

    def peers_add(self, peer: Peer, *, by: Actor) -> PeerRow:
        """Add a peer, whose keys are pinned from now on. Raises Invalid, Denied, or Conflict for a taken name."""
        check_role(by, *SHARERS, to="add peers")
        if peer.keys:
            read_pem(peer.keys.encode())
        row = {
            "name": peer.name,
            "organisation": peer.organisation,
            "client_of": peer.client_of,
            "url": peer.url,
            "keys": peer.keys,
            "credential": peer.credential,
            "identity": peer.identity,
            "authority": peer.authority,
            "revoked": False,
            "added": microseconds(self._context.clock()),
            "heard": 0,
        }

        def work(connection: Connection) -> None:
            if connection.execute(select(PEERS.c.name).where(PEERS.c.name == peer.name)).first():
                raise Conflict(f"There is a peer {peer.name} already.", code="peer.exists", hint="Choose another name.")
            connection.execute(PEERS.insert().values(**row))

        self._context.store.write(work)
        return self._told(row)

    def peers_list(self) -> tuple[PeerRow, ...]:
        """Every peer by its name, and whether it was heard of lately."""
        with self._context.store.read() as connection:
            rows = connection.execute(select(PEERS).order_by(PEERS.c.name)).mappings().all()
        return tuple(self._told(row) for row in rows)

    def _told(self, row: Any) -> PeerRow:
        keys = tuple(key.key_id for key in read_pem(row["keys"].encode())) if row["keys"] else ()
        return PeerRow(
            row["name"],
            row["organisation"],
            row["client_of"],
            row["url"],
            keys,
            self._state(row),
            told(row["added"]),
            told(row["heard"]),
        )

    def _state(self, row: Any) -> PeerState:
        if row["revoked"]:
            return "revoked"
        if not row["heard"]:
            return "new"
        patience = microseconds_of(timedelta(days=self._settings.silent_days))
        return "silent" if microseconds(self._context.clock()) - row["heard"] > patience else "active"
