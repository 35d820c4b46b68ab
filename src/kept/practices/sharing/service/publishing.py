"""What this organisation says itself: signed, and put into a collection that is served here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from kept.core.actor import Actor, check_role
from kept.core.context import Context, format_time
from kept.errors import Conflict, Invalid, NotFound
from kept.practices.sharing.methods import audiences, signed, stix, tlp
from kept.practices.sharing.records import Outcome, Reader, Tlp
from kept.practices.sharing.service.collecting import served, told
from kept.practices.sharing.service.judging import Directory, held, resolver
from kept.practices.sharing.service.moments import microseconds
from kept.practices.sharing.service.peering import SHARERS
from kept.practices.sharing.service.screening import check_shared
from kept.practices.sharing.service.shelves import writing

OURSELVES = ""
"""The owner and the source of what this organisation says itself."""


class Publishing:
    """The verb that publishes."""

    _context: Context

    def publish(
        self,
        documents: Sequence[Mapping[str, Any]],
        *,
        collection: str,
        to: Sequence[str] = (),
        tlp: str = "",
        by: Actor,
    ) -> tuple[Outcome, ...]:
        """Sign objects and put them into a collection, for the peers named in `to` or whom their markings allow.

        `tlp` marks those that aren't marked yet. What became of each is in their order; one that is there already
        counts as taken. Raises Denied, NotFound (no such collection or peer), Invalid for no object of STIX, and
        what `check_shared` raises.
        """
        check_role(by, *SHARERS, to="publish objects")
        with self._context.store.read() as connection:
            place = told(served(connection, collection))
            directory = Directory(connection)
            ready = [marked(document, tlp) for document in documents]
            resolve = resolver(ready, held(connection, place.number, ready))
        for document in ready:
            check_shared(document)
        named = [_reader(directory, name) for name in to]
        brought = [
            self._brought(document, resolve, place.default_tlp, place.amber, place.id, named, by) for document in ready
        ]
        now = microseconds(self._context.clock())

        def work(connection: Connection) -> list[Outcome]:
            return writing.put(connection, place.number, brought, audiences=(), now=now)[0]

        return tuple(self._context.store.write(work))

    def _brought(
        self,
        document: Mapping[str, Any],
        resolve: tlp.Resolve,
        default: Tlp,
        amber: Any,
        address: str,
        named: Sequence[Reader],
        by: Actor,
    ) -> writing.Brought:
        bare = stix.parse(document)
        level = tlp.level_of(document, resolve, default=default)
        whole = stix.parse(self._signed(bare, address=address, to=[each.name for each in named], by=by))
        ourselves = Reader(OURSELVES, self._context.workspace.name, "")
        seen = audiences.of_object(level, [ourselves, *named], amber=amber, addressed=bool(named))
        # An object is the same if what was signed is: another signature of it is no other object.
        digest = hashlib.sha256(bare.body).digest()
        return writing.Brought(
            whole.id, whole.kind, whole.version, OURSELVES, OURSELVES, level, "valid", seen, digest, whole.body
        )

    def _signed(self, parsed: stix.Parsed, *, address: str, to: Sequence[str], by: Actor) -> dict[str, Any]:
        """The object with the organisation's word inside that it is for this collection and these recipients."""
        statement = signed.statement(
            parsed.document,
            version=parsed.version,
            collection=address,
            recipients=to,
            issued=format_time(self._context.clock()),
            by=self._context.workspace.name,
        )
        return signed.with_envelope(parsed.document, self._context.ledger.sign(statement, by=by))


def marked(document: Mapping[str, Any], level: str) -> dict[str, Any]:
    """The object with a marking of TLP 2.0, unless it has one already.

    Raises Conflict where it says another, and Invalid where what it says can't be read.
    """
    from kept.practices.sharing.records import checked_tlp

    if not level:
        return dict(document)
    wanted = checked_tlp(level)
    tlp.check_shape(document)
    references = tlp.references(document)
    known = {tlp.MARKINGS[each] for each in tlp.MARKINGS} | set(tlp.FORMER)
    if references & known and tlp.MARKINGS[wanted] not in references:
        raise Conflict(
            f"{document.get('id')} is marked otherwise than TLP:{wanted.upper()}.",
            code="object.marking",
            hint="Take its marking away, or leave --tlp out.",
        )
    return {**document, "object_marking_refs": sorted({*references, tlp.MARKINGS[wanted]})}


def _reader(directory: Directory, name: str) -> Reader:
    found = directory.readers.get(name)
    if found is None:
        raise NotFound(
            f"There is no peer {name[:80]!r}.", code="peer.absent", hint="List them: kept sharing peers list"
        )
    return found


def objects_in(document: Any) -> list[Mapping[str, Any]]:
    """The objects of a bundle, an envelope, a list, or the one object that a document is. Raises Invalid."""
    held = document.get("objects") if isinstance(document, dict) and "objects" in document else document
    found: list[Any] = held if isinstance(held, list) else [held]
    if not found or not all(isinstance(each, dict) for each in found):
        raise Invalid("There is no object of STIX in it.", code="object.malformed", hint="Give a bundle or an object.")
    return found
