"""Marked copies: what leaves the house carries its recipient's mark, and is recorded before its first byte leaves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.keys.wiping import wipe
from kept.core.ledger import Draft
from kept.errors import Denied, Invalid
from kept.practices.weights.methods.safetensors import METADATA
from kept.practices.weights.records import Settings
from kept.practices.weights.records.access import TensorPlace
from kept.practices.weights.records.traces import Copy
from kept.practices.weights.service.leasing.recording import salted
from kept.practices.weights.service.leasing.requests import Requests
from kept.practices.weights.service.leasing.standing import Standing
from kept.practices.weights.service.releasing.needs import Leased, Sealed
from kept.practices.weights.service.tracing.fingerprinting import ALGORITHM, Fingerprinting, Marker, note
from kept.predicates.weights_export import WeightsExport

_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Marked:
    """A copy that is ready to be made, again and again the same: header, tensors in order, and the mark."""

    sealed: Sealed = field(repr=False)
    header: bytes = field(repr=False)
    order: tuple[tuple[str, TensorPlace], ...] = field(repr=False)
    marker: Marker = field(repr=False)

    @property
    def size(self) -> int:
        """How many bytes of tensors it has."""
        return sum(place.stop - place.start for _, place in self.order)

    def pieces(self) -> Generator[memoryview, None, None]:
        """The bytes of the file in order; each piece is overwritten once the next is asked for.

        Raises Unverified where the sealed file was changed.
        """
        yield memoryview(self.header)
        for name, place in self.order:
            held = bytearray(place.stop - place.start)
            try:
                self.sealed.read_into(place.start, place.stop, memoryview(held))
                self.marker.mark(name, held)
                yield from (memoryview(held)[at : at + _AT_ONCE] for at in range(0, len(held), _AT_ONCE))
            finally:
                wipe(held)


class Exporting:
    """Makes marked copies, and records each; `by` is the broker, who signs."""

    def __init__(self, context: Context, settings: Settings, by: Actor) -> None:
        self._context = context
        self._by = by
        self._fingerprinting = Fingerprinting(context, settings)
        self._requests = Requests(context, Standing(context))

    def prepare(
        self, leased: Leased, sealed: Sealed, tensors: Mapping[str, TensorPlace], *, recipient: str, parent: str
    ) -> Marked:
        """A copy for a recipient, whom the lease names. Raises Denied for another, Invalid where nothing can be marked.

        `parent` is the SHA-256 of the plaintext in hexadecimal.
        """
        if leased.kind != "export" or leased.recipient != recipient:
            raise Denied(
                f"The lease is no export to {recipient[:80]!r}.",
                code="lease.recipient",
                hint="kept weights request … --kind export --to RECIPIENT",
            )
        order = tuple(sorted(tensors.items(), key=lambda item: (item[1].start, item[1].stop)))
        shapes = {name: (place.dtype, place.shape) for name, place in order}
        marker = self._fingerprinting.marker(recipient, parent, shapes)
        return Marked(sealed, _header(sealed, order), order, marker)

    def record(self, leased: Leased, marked: Marked, *, parent: str) -> tuple[str, int, int]:
        """Compute the copy once, and record that it is made; its SHA-256, its bytes, and the ledger's index."""
        digest, size = hashlib.sha256(), 0
        for piece in marked.pieces():
            digest.update(piece)
            size += len(piece)
        issued = format_time(self._context.clock())
        lease = salted(*self._named(leased))
        marking = marked.marker.marking
        said = WeightsExport.of(
            weights=f"sha256:{digest.hexdigest()}",
            parent=f"sha256:{parent}",
            lease=lease,
            recipient=marked.marker.recipient,
            fingerprint=ALGORITHM,
            strength=marking.strength,
            tensors=len(marked.order),
            marked=marking.tensors,
            parameters=marking.values,
            bytes=size,
            issued=issued,
            by=self._by.id,
        )
        copy = Copy(
            weights=digest.hexdigest(),
            parent=parent,
            recipient=marked.marker.recipient.removeprefix("sha256:"),
            lease=leased.id,
            strength=marking.strength,
            commitment=marked.marker.commitment,
            made=issued,
        )

        def rows(connection: Connection) -> None:
            note(connection, copy)

        (receipt,) = self._context.ledger.record(Draft(said.to_statement()), by=self._by, rows=rows)
        return digest.hexdigest(), size, receipt.index

    def _named(self, leased: Leased) -> tuple[str, bytes]:
        """The lease's digest as it was signed, and the salt under which statements name it."""
        request = self._requests.get(leased.id)
        return request.lease.digest, request.salt


def _header(sealed: Sealed, order: tuple[tuple[str, TensorPlace], ...]) -> bytes:
    """The head of the copy: as it was where all of one file is copied, else made anew for what is."""
    if len(sealed.headers) == 1 and len(order) == len(sealed.tensors):
        head = sealed.headers[0]
        return len(head).to_bytes(8, "little") + head
    said: dict[str, Any] = {}
    if sealed.headers and (metadata := json.loads(sealed.headers[0]).get(METADATA)):
        said[METADATA] = metadata
    at = 0
    for name, place in order:
        end = at + place.stop - place.start
        said[name] = {"dtype": place.dtype, "shape": list(place.shape), "data_offsets": [at, end]}
        at = end
    if not order:
        raise Invalid("There is nothing to export.", code="lease.tensor")
    head = json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()
    head += b" " * (-len(head) % 8)
    return len(head).to_bytes(8, "little") + head
