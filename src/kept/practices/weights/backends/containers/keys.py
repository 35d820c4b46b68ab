"""New keys for a sealed file, in place: one slot is rewritten, the bodies are never touched."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from kept.core import durable
from kept.errors import NotFound, Unverified
from kept.practices.weights.backends.containers.appearing import write_all
from kept.practices.weights.backends.containers.mapped import mapped
from kept.practices.weights.backends.containers.places import place_of_keys
from kept.practices.weights.backends.containers.sealing import key_slot
from kept.practices.weights.methods.sealed import manifest, slots
from kept.practices.weights.methods.sealed.layout import PAGE, Preamble
from kept.practices.weights.methods.sealed.slots import Slot
from kept.practices.weights.records.sealed import Commission, Description


def describe(place: Path | str) -> Description:
    """What a sealed file or folder says of itself, and the keys that count. Raises Invalid, NotFound or Unverified.

    Nothing in it is authenticated: `verify` does that, and the key envelope itself is bound to the file id.
    """
    keys_place = place_of_keys(Path(place))
    view = mapped(keys_place)
    preamble = Preamble.parse(bytes(view[:PAGE]))
    slot = _slot(keys_place)
    return Description(
        file=preamble.file_id.hex(),
        place=str(keys_place),
        salt=preamble.draft.salt,
        weights=manifest.glance(bytes(view[slice(*preamble.manifest)])),
        envelope=slot.envelope,
        generation=slot.generation,
    )


def replace_keys(place: Path, envelope: bytes, commission: Commission) -> int:
    """Make `envelope` the keys of a sealed file or folder, and fill the old keys with zeros; the new generation.

    Cut off at any time, the file opens by the old keys or the new; the same call ends it. Raises Invalid where the
    envelope doesn't fit, NotFound, Unverified where the file has no whole keys, and Unavailable.
    """
    keys_place = place_of_keys(place)
    slot = _slot(keys_place)
    with durable.writable(keys_place):
        descriptor = os.open(keys_place, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            slot = _slot(keys_place)
            preamble = Preamble.parse(os.pread(descriptor, PAGE, 0))
            if slot.envelope != envelope:
                other = 1 - slot.place
                made = key_slot(preamble, envelope, commission, generation=slot.generation + 1)
                write_all(descriptor, made, preamble.slots[other][0])
                os.fsync(descriptor)
                slot = _slot(keys_place)
            if slot.envelope != envelope:
                raise Unverified(f"The new keys of {place} are not what was written.", code="sealed.slot")
            write_all(descriptor, bytes(preamble.draft.slot_bytes), preamble.slots[1 - slot.place][0])
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return slot.generation


def _slot(place: Path) -> Slot:
    view = mapped(place)
    preamble = Preamble.parse(bytes(view[:PAGE]))
    if not preamble.slots:
        raise NotFound(
            f"{place} is a shard, whose key follows from its folder's.", code="sealed.shard", hint="Name the folder."
        )
    return slots.current(view, preamble)
