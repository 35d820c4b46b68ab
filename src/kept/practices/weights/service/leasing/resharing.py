"""A file's key shared anew: a custodian who left is replaced, and the body stays as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.keys.wiping import wipe
from kept.core.reference import load
from kept.errors import Conflict, Denied, NotFound
from kept.practices.weights.methods import envelope as envelopes
from kept.practices.weights.methods.envelope import Parts
from kept.practices.weights.records import Settings
from kept.practices.weights.records.leases import RESHARING, Lease, Reshared
from kept.practices.weights.records.sealed import Description
from kept.practices.weights.service.leasing.enveloping import Enveloping
from kept.practices.weights.service.leasing.keks import Keks
from kept.practices.weights.service.leasing.keyholder import Keyholder
from kept.practices.weights.service.leasing.lending import Lending
from kept.practices.weights.service.leasing.replacing import Replacing
from kept.practices.weights.service.sealing import commissioned
from kept.practices.weights.service.tables.sealing import FILES
from kept.predicates import weights_custody

_HINT = f"kept weights request SEALED --runtime {RESHARING} …, and have it approved by those who hold the file's key"


class Resharing:
    """Writes the custodians' half, which is the same half, into an envelope for the custodians of now."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self._settings = settings
        self._keyholder = Keyholder(context, settings)
        self._enveloping = Enveloping(context, settings)

    def reshare(self, place: str, *, lease: str, by: Actor) -> Reshared:
        """Share a file's key among the custodians of now.

        1. The lease is in force, for this and of this file: as many of its custodians as it takes have said so.
        2. Both halves that it releases open the file. Else they are not written.
        3. The envelope for the custodians of now takes the place of the one before, and that is recorded.
        4. The lease ends.
        """
        about: Description = load(self._context.backends["container"]["describe"])(Path(place))
        row = self._row(about.file)
        # 1.
        self._check(self._keyholder.lease(lease, self._context.clock()), about, by)
        parts = self._keyholder.parts(lease, self._context.clock(), envelope=about.envelope)
        try:
            # 2.
            self._check_opens(place, parts, about.salt)
            # 3.
            after = self._after(about, parts)
        finally:
            parts.wipe()
        if after == about.envelope and self._recorded(about.file) >= about.generation:
            raise Conflict("The file's key is shared among the custodians of now.", code="reshare.done")
        made = envelopes.parse(after)
        rekey = load(self._context.backends["container"]["rekey"])
        generation = rekey(Path(place), after, commissioned(self._context, by))
        replacing = Replacing(self._context, self._settings)
        kek = next(each for each in Keks(self._context, self._settings).rows() if each.key_id == made.kek)
        draft = replacing.custody(row, "reshared", kek=kek, envelope=made, by=by)
        (receipt,) = self._context.ledger.record(draft, by=by)
        # 4.
        Lending(self._context, self._settings).revoke(lease, reason="The key was shared anew.", by=by)
        sharing = made.sharing
        return Reshared(about.file, place, sharing.threshold, len(sharing.members), generation, receipt.index)

    def _after(self, about: Description, parts: Parts) -> bytes:
        """The envelope for the custodians of now; the one that is there, where it is for them already."""
        before, sharing = envelopes.parse(about.envelope), self._enveloping.sharing()
        if before.sharing == sharing:
            return self._enveloping.rewrapped(about.envelope)
        return self._enveloping.make(about.file, parts)

    def _recorded(self, file: str) -> int:
        """How many generations of the file's keys the ledger tells of; one that was cut off may lack."""
        told = (each.predicate or {} for each in self._context.ledger.statements(weights_custody.TYPE))
        return sum(file in each.get("files", ()) and each["event"] in weights_custody.KEYED for each in told)

    def _check(self, held: Lease, about: Description, by: Actor) -> None:
        if "provider" not in by.roles:
            raise Denied(f"{by.id} vouches for no file's keys.", code="reshare.by", hint="The provider's key does.")
        if held.holder != by.id or held.file != about.file:
            raise Denied("There is no such lease of this file.", code="lease.file", hint=_HINT)
        if held.runtime != RESHARING or held.kind != "read" or held.break_glass:
            raise Denied(
                "This is no lease to share the file's key anew, approved by its custodians.",
                code="reshare.lease",
                hint=_HINT,
            )

    def _check_opens(self, place: str, parts: Parts, salt: bytes) -> None:
        """Raises Unverified where they are not the halves of this file's key."""
        key = parts.file_key(salt)
        try:
            load(self._context.backends["container"]["open"])(place, key).close()
        finally:
            wipe(key)

    def _row(self, file: str) -> Row[Any]:
        with self._context.store.read() as connection:
            found = connection.execute(select(FILES).where(FILES.c.file == file)).one_or_none()
        if found is None:
            raise NotFound("This file was not sealed here.", code="reshare.file", hint="Do it where it was sealed.")
        return found
