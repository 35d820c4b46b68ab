"""The two key slots: the key envelope that counts, and room to write the next one beside it.

New keys are written into the slot that doesn't count, under the next generation, and made durable before the old slot
is filled with zeros. Whenever that is cut off, one slot is whole. The bodies are never touched.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kept.core import canonical
from kept.core.keys import PublicKey
from kept.core.statement import Envelope, Statement, Subject
from kept.errors import Invalid, Unverified
from kept.practices.weights.methods.sealed import manifest, tree
from kept.practices.weights.methods.sealed.layout import Preamble

if TYPE_CHECKING:
    from typing_extensions import Buffer

TYPE = "https://kept.example/sealed-weights/keys/v1"
MAGIC = b"KEPTSLOT"
_HEAD = struct.Struct("<8sQII")
_FIELDS = {"version", "file", "generation", "envelope", "keys", "issued", "by"}
_GENERATIONS = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot that is whole: the key envelope's bytes, its generation, who signed it, and where it stands (0 or 1)."""

    place: int
    generation: int
    envelope: bytes = field(repr=False)
    signed: Envelope = field(repr=False)
    keys: tuple[PublicKey, ...]
    issued: str
    by: str


def statement(
    preamble: Preamble, envelope: bytes, *, generation: int, keys: Sequence[PublicKey], issued: str, by: str
) -> Statement:
    """The statement that makes an envelope the keys of a file; its subject is the file, by its id."""
    predicate = {
        "version": 1,
        "file": preamble.file_id.hex(),
        "generation": generation,
        "envelope": tree.named(tree.leaf(envelope)),
        "keys": [{"algorithm": key.algorithm, "public": key.public.hex()} for key in keys],
        "issued": issued,
        "by": by,
    }
    return Statement((Subject("sealed file", {"blake3": preamble.file_id.hex()}),), TYPE, predicate)


def pack(preamble: Preamble, envelope: bytes, signed: Envelope, *, generation: int) -> bytes:
    """A whole slot. Raises Invalid where the envelope and its signature don't fit."""
    said = signed.to_bytes()
    data = _HEAD.pack(MAGIC, generation, len(envelope), len(said)) + envelope + said
    room = preamble.draft.slot_bytes
    if len(data) > room:
        raise Invalid(
            f"The keys of this file take {len(data)} bytes, and its slots have {room}.",
            code="sealed.slot",
            hint="Share the key among fewer custodians, or seal the weights again.",
        )
    return data.ljust(room, b"\0")


def find(sealed: Buffer, preamble: Preamble) -> tuple[Slot | None, ...]:
    """Both slots, None where one is empty. Raises Unverified for one that is neither empty nor whole."""
    view = memoryview(sealed).cast("B")
    return tuple(_read(bytes(view[start:stop]), place, preamble) for place, (start, stop) in enumerate(preamble.slots))


def current(sealed: Buffer, preamble: Preamble) -> Slot:
    """The slot that counts: the whole one of the highest generation. Raises Unverified where neither is whole.

    A slot that was torn while it was written doesn't hinder the other; `find` and `verify` are strict.
    """
    view = memoryview(sealed).cast("B")
    whole: list[Slot] = []
    failed = Unverified("The sealed file has no keys.", code="sealed.no-keys", hint="Take it from its backup.")
    for place, (start, stop) in enumerate(preamble.slots):
        try:
            found = _read(bytes(view[start:stop]), place, preamble)
        except Unverified as error:
            failed = error
        else:
            whole += [found] if found is not None else []
    if not whole:
        raise failed
    return max(whole, key=lambda slot: slot.generation)


def check(slots: Sequence[Slot | None]) -> Slot:
    """The slot that counts, of a file of which every byte is checked. Raises Unverified for none, or a tie."""
    whole = [slot for slot in slots if slot is not None]
    if not whole or len({slot.generation for slot in whole}) != len(whole):
        raise _differs("it has no keys, or two of one generation")
    return max(whole, key=lambda slot: slot.generation)


def _read(data: bytes, place: int, preamble: Preamble) -> Slot | None:
    if not data.strip(b"\0"):
        return None
    magic, generation, length, signed_length = _HEAD.unpack_from(data)
    middle, stop = _HEAD.size + length, _HEAD.size + length + signed_length
    if magic != MAGIC or not 1 <= generation <= _GENERATIONS or stop > len(data) or data[stop:].strip(b"\0"):
        raise _differs(f"key slot {place} is torn")
    envelope, signed = data[_HEAD.size : middle], manifest.parse_envelope(data[middle:stop])
    said = signed.statement()
    if said.predicate_type != TYPE or set(said.predicate) != _FIELDS:
        raise _differs(f"key slot {place} holds another statement")
    keys = manifest.read_keys(said.predicate["keys"])
    issued, by = said.predicate["issued"], said.predicate["by"]
    if not isinstance(issued, str) or not isinstance(by, str):
        raise _differs(f"key slot {place} holds another statement")
    expected = statement(preamble, envelope, generation=generation, keys=keys, issued=issued, by=by)
    if canonical.encode(dict(expected.predicate)) != canonical.encode(dict(said.predicate)):
        raise _differs(f"what key slot {place} holds is not what was signed")
    if expected.to_bytes() != signed.payload:
        raise _differs(f"key slot {place} is about another file")
    manifest.check_signatures(signed, keys)
    return Slot(place, generation, envelope, signed, keys, issued, by)


def _differs(why: str) -> Unverified:
    return Unverified(
        f"The sealed file was changed: {why}.",
        code="sealed.slot",
        hint="If writing new keys was cut off: kept weights keys rotate --finish. Else take the file from its backup.",
    )
