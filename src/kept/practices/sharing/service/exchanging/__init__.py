"""The verbs that speak to peers' servers: pull, push and follow."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import select

from kept.core.actor import Actor, check_role
from kept.core.context import Context
from kept.core.keys.secret import secret_at
from kept.core.reference import load
from kept.errors import Conflict, KeptError, NotFound
from kept.practices.sharing.methods import stix
from kept.practices.sharing.ports import Remote
from kept.practices.sharing.records import Pulled, Pushed, Settings
from kept.practices.sharing.service.exchanging.pulling import Puller
from kept.practices.sharing.service.exchanging.pushing import Outbox
from kept.practices.sharing.service.moments import microseconds
from kept.practices.sharing.service.peering import SHARERS
from kept.practices.sharing.service.publishing import Publishing, marked
from kept.practices.sharing.service.screening import check_shared
from kept.practices.sharing.service.tables.peers import PEERS


class Exchanging(Publishing):
    """What is fetched from peers and sent to them."""

    _context: Context
    _settings: Settings

    async def pull(self, peer: str, *, by: Actor) -> tuple[Pulled, ...]:
        """Fetch what is new in every collection of a peer that may be read, as far as it can be had now.

        Objects and how far they go are written together, so that a pull that was cut off loses and repeats none.
        Raises Denied, NotFound, Conflict for a peer without a server, and Unavailable where it can't be reached.
        """
        check_role(by, *SHARERS, to="pull from peers")
        async with self._remote(peer) as (remote, row):
            puller = Puller(self._context, self._settings, row, remote)
            return tuple([await puller.pull(each) for each in await remote.collections() if each.can_read])

    async def push(
        self,
        peer: str,
        documents: Sequence[Mapping[str, Any]],
        *,
        collection: str,
        to: Sequence[str] = (),
        tlp: str = "",
        by: Actor,
    ) -> Pushed:
        """Sign objects for one collection of a peer and send them, or keep them until its server can be reached.

        `to` names recipients as the peer's server calls them; `tlp` marks what isn't marked yet. What is in the same
        version there already counts as sent. Raises Denied, NotFound, Conflict, Invalid for no object of STIX, and what
        `check_shared` raises.
        """
        check_role(by, *SHARERS, to="push to peers")
        parsed = [stix.parse(marked(document, tlp)) for document in documents]
        for each in parsed:
            check_shared(each.document)
        outbox = Outbox(self._context, peer)
        if not parsed:
            raise Conflict("There is nothing to send.", code="push.nothing")
        self._row(peer)
        whole = [stix.parse(self._signed(each, address=collection, to=to, by=by)) for each in parsed]
        outbox.add(collection, whole)
        return await self._delivered(peer, outbox)

    async def follow(
        self,
        peers: Sequence[str] = (),
        *,
        every: float = 60.0,
        rounds: int = 0,
        told: Callable[[Pulled | Pushed], None] = lambda _: None,
        by: Actor,
    ) -> int:
        """Send what waits and pull, again and again: every peer with a server, or those named; `rounds` times or on.

        A peer that can't be reached, or that lets nobody in, is asked again later; the others aren't kept waiting.
        """
        check_role(by, *SHARERS, to="follow peers")
        done = 0
        for number in range(rounds) if rounds else itertools.count():
            if number:
                await asyncio.sleep(every)
            chosen = peers or self._with_servers()
            found = await asyncio.gather(*(self._round(peer, by) for peer in chosen))
            for each in itertools.chain.from_iterable(found):
                told(each)
            done += 1
        return done

    async def _round(self, peer: str, by: Actor) -> list[Pulled | Pushed]:
        """What one peer was sent and gave; what stopped it is said in the result, and the next round goes on."""
        outbox = Outbox(self._context, peer)
        found: list[Pulled | Pushed] = []
        if outbox.waiting():
            found.append(await self._delivered(peer, outbox))
        try:
            found += await self.pull(peer, by=by)
        except KeptError as error:
            found.append(Pulled(peer, "", "", 0, 0, why=error.message))
        return found

    async def _delivered(self, peer: str, outbox: Outbox) -> Pushed:
        """What became of what waits; whatever stopped it is said in the result, since all of it goes on waiting."""
        try:
            async with self._remote(peer) as (remote, _):
                return await outbox.deliver(remote)
        except (KeptError, OSError) as error:
            return Pushed(peer, 0, waiting=outbox.waiting(), why=str(error))

    async def _send(self, peer: str, document: Mapping[str, Any], *, collection: str, by: Actor) -> None:
        """Push an object, which may wait. Raises Conflict where the peer doesn't take it, and what `push` raises."""
        sent = await self.push(peer, [document], collection=collection, by=by)
        # What waited went with it, and is told of elsewhere.
        _check_taken(peer, next((each.why for each in sent.refused if each.id == document["id"]), ""))

    def _put(self, document: Mapping[str, Any], *, collection: str, to: Sequence[str] = (), by: Actor) -> None:
        """Publish an object. Raises Conflict where the collection doesn't take it, and what `publish` raises."""
        (done,) = self.publish([document], collection=collection, to=to, by=by)
        _check_taken("The collection", done.why)

    @asynccontextmanager
    async def _remote(self, peer: str) -> AsyncGenerator[tuple[Remote, Any]]:
        row = self._row(peer)
        remote: Remote = load(self._context.backends["server"]["taxii"])(
            row["url"],
            secret=secret_at(row["credential"], folder=self._context.workspace.folder, environ=os.environ),
            identity=row["identity"],
            authority=row["authority"],
            others=self._settings.other_origins,
            plain_http=self._settings.plain_http,
        )
        try:
            yield remote, row
        finally:
            await remote.close()
        now = microseconds(self._context.clock())
        change = PEERS.update().where(PEERS.c.name == peer).values(heard=now)
        self._context.store.write(lambda connection: connection.execute(change))

    def _row(self, peer: str) -> Any:
        with self._context.store.read() as connection:
            row = connection.execute(select(PEERS).where(PEERS.c.name == peer)).mappings().first()
        if row is None:
            raise NotFound(f"There is no peer {peer[:80]!r}.", code="peer.absent")
        if row["revoked"] or not row["url"]:
            raise Conflict(f"{peer} {'was revoked' if row['revoked'] else 'has no server'}.", code="peer.server")
        return row

    def _with_servers(self) -> list[str]:
        query = select(PEERS.c.name).where(~PEERS.c.revoked, PEERS.c.url != "").order_by(PEERS.c.name)
        with self._context.store.read() as connection:
            return list(connection.execute(query).scalars())


def _check_taken(where: str, why: str) -> None:
    if why:
        raise Conflict(
            f"{where} doesn't take it: {why}",
            code="answer.refused",
            hint="Ask whose it is, or name another collection.",
        )
