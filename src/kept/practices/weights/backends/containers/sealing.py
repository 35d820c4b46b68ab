"""Seals safetensors files, alone or as the shards of a folder: ciphertext appears whole, plaintext nowhere."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

from kept.core.keys.wiping import wipe
from kept.practices.weights.backends.containers.appearing import check_free, new_file, new_folder, write_all
from kept.practices.weights.backends.containers.mapped import read_small
from kept.practices.weights.backends.containers.plain import Plain, index_of, opened, within
from kept.practices.weights.methods.safetensors import HEADER_LIMIT
from kept.practices.weights.methods.sealed import manifest, slots
from kept.practices.weights.methods.sealed.folder import SEALED_SUFFIX, Index
from kept.practices.weights.methods.sealed.keys import shard_key
from kept.practices.weights.methods.sealed.layout import (
    DIGEST_BYTES,
    NO_PARENT,
    TAG_BYTES,
    Draft,
    Preamble,
    room_for_manifest,
)
from kept.practices.weights.methods.sealed.manifest import Fingerprints, Shard
from kept.practices.weights.methods.sealed.writing import Sealing
from kept.practices.weights.records.sealed import Commission, SealedFile, SealedWeights

GROUP = 8
"""How many chunks are encrypted and written at once."""
WORKERS = 2
"""How many threads encrypt; SHA-256, in a thread of its own, keeps no more of them busy."""
_SALT_BYTES = 32


def seal(source: Path, target: Path, commission: Commission) -> SealedWeights:
    """Seal a safetensors file into a new file, or a sharded folder into a new folder, whole or not at all.

    Raises Invalid for what is no safetensors, Conflict where `target` exists or `source` becomes shorter meanwhile,
    NotFound, Unavailable where the disk is full, and whatever `commission` raises.
    """
    check_free(target)
    if source.is_dir():
        return _seal_folder(source, target, commission)
    with opened(source) as plain:
        draft = Draft(plain.header.size, commission.entropy(_SALT_BYTES))
        key, envelope = commission.keyed(draft.file_id.hex(), draft.salt)
        try:
            made, _ = _seal_file(plain, target, _sealing(plain, draft, key), commission, envelope=envelope)
        finally:
            wipe(key)
    return SealedWeights(made.file, str(target), made.sha256, (made,))


def key_slot(preamble: Preamble, envelope: bytes, commission: Commission, *, generation: int) -> bytes:
    """A key slot, signed as the commission signs. Raises Invalid where the envelope doesn't fit."""
    said = slots.statement(
        preamble,
        envelope,
        generation=generation,
        keys=commission.keys,
        issued=commission.issued,
        by=commission.by,
    )
    return slots.pack(preamble, envelope, commission.sign(said), generation=generation)


def _seal_folder(source: Path, target: Path, commission: Commission) -> SealedWeights:
    place = index_of(source)
    data = read_small(place, HEADER_LIMIT)
    index = Index.parse(data)
    places = [within(source, name) for name in index.shards]
    draft = Draft(0, commission.entropy(_SALT_BYTES), kind="index")
    key, envelope = commission.keyed(draft.file_id.hex(), draft.salt)
    try:
        with new_folder(target) as folder:
            made = [_seal_shard(each, folder, index, commission, (key, draft.file_id)) for each in places]
            whole = folder / f"{place.name}{SEALED_SUFFIX}"
            room = room_for_manifest(len(made))
            sealing = Sealing(draft, key, payload_bytes=2 * DIGEST_BYTES + len(data), manifest_bytes=room)
            shards = [shard for _, shard in made]
            first = _seal_index(data, whole, sealing, commission, envelope=envelope, shards=shards)
    finally:
        wipe(key)
    files = [replace(each, place=str(target / Path(each.place).name)) for each in (first, *(each for each, _ in made))]
    known = {place.name, *index.shards}
    left = tuple(sorted(path.name for path in source.iterdir() if path.name not in known))
    return SealedWeights(first.file, str(target), manifest.shard_list_digest(shards), tuple(files), left)


def _seal_shard(
    place: Path, folder: Path, index: Index, commission: Commission, parent: tuple[bytearray, bytes]
) -> tuple[SealedFile, Shard]:
    """Seal a shard under a key of its own, which follows from the folder's."""
    folder_key, folder_id = parent
    with opened(place) as plain:
        index.check(place.name, plain.header)
        draft = Draft(plain.header.size, commission.entropy(_SALT_BYTES), slot_bytes=0)
        key = shard_key(folder_key, draft)
        try:
            sealing = _sealing(plain, draft, key, parent=folder_id)
            return _seal_file(plain, folder / f"{place.name}{SEALED_SUFFIX}", sealing, commission)
        finally:
            wipe(key)


def _sealing(plain: Plain, draft: Draft, key: bytearray, *, parent: bytes = NO_PARENT) -> Sealing:
    return Sealing(draft, key, payload_bytes=2 * DIGEST_BYTES + len(plain.header_bytes), parent=parent)


def _seal_file(
    plain: Plain, target: Path, sealing: Sealing, commission: Commission, *, envelope: bytes = b""
) -> tuple[SealedFile, Shard]:
    preamble = sealing.preamble
    with new_file(target) as out:
        os.ftruncate(out, preamble.body[1])
        digest = _seal_body(plain, sealing, out, commission)
        found = _seal_head(sealing, out, digest, plain.header_bytes, commission, envelope=envelope)
    made = SealedFile(
        preamble.file_id.hex(), str(target), digest.hex(), plain.size, preamble.body[1], len(plain.header.tensors)
    )
    return made, Shard(name=plain.place.name, file=made.file, sha256=made.sha256, **found.document())


def _seal_index(
    data: bytes, target: Path, sealing: Sealing, commission: Commission, *, envelope: bytes, shards: Sequence[Shard]
) -> SealedFile:
    preamble, digest = sealing.preamble, hashlib.sha256(data).digest()
    with new_file(target) as out:
        os.ftruncate(out, preamble.body[1])
        _seal_head(sealing, out, digest, data, commission, envelope=envelope, shards=shards)
    return SealedFile(preamble.file_id.hex(), str(target), digest.hex(), len(data), preamble.body[1], 0)


def _seal_head(
    sealing: Sealing,
    out: int,
    digest: bytes,
    header: bytes,
    commission: Commission,
    *,
    envelope: bytes,
    shards: Sequence[Shard] = (),
) -> Fingerprints:
    """Write everything but the chunks: table, encrypted header, manifest, first keys, preamble."""
    preamble = sealing.preamble
    table, encrypted = sealing.finish(digest, header)
    first = preamble.to_bytes()
    found = Fingerprints.of(first, encrypted, table)
    said = manifest.statement(
        preamble,
        found,
        plain_digest=digest.hex(),
        keys=commission.keys,
        issued=commission.issued,
        by=commission.by,
        shards=shards,
    )
    parts = [(0, first), (preamble.table[0], table), (preamble.header[0], encrypted)]
    parts.append((preamble.manifest[0], manifest.pack(commission.sign(said), preamble.manifest_bytes)))
    if preamble.slots:
        parts.append((preamble.slots[0][0], key_slot(preamble, envelope, commission, generation=1)))
    for start, part in parts:
        write_all(out, part, start)
    return found


def _seal_body(plain: Plain, sealing: Sealing, out: int, commission: Commission) -> bytes:
    """Encrypt all chunks in a few threads, and hash the same bytes in another: the SHA-256 of the whole file."""
    draft = sealing.preamble.draft
    step = GROUP * draft.chunk_bytes
    room = min(step, draft.body_bytes) + GROUP * TAG_BYTES
    buffers: SimpleQueue[memoryview] = SimpleQueue()
    for _ in range(WORKERS):
        buffers.put(memoryview(bytearray(room)))

    def encrypt(at: int) -> int:
        plain.check_unchanged()
        buffer = buffers.get()
        try:
            part = plain.body[at : at + step]
            _seal_group(sealing, at // draft.chunk_bytes, part, buffer, out)
            return len(part)
        finally:
            buffers.put(buffer)

    starts = range(0, draft.body_bytes, step)
    with ThreadPoolExecutor(WORKERS) as encrypting, ThreadPoolExecutor(1) as hashing:
        whole = hashlib.sha256(plain.start)
        hashed = [hashing.submit(whole.update, plain.body[at : at + step]) for at in starts]
        try:
            done = 0
            for size in encrypting.map(encrypt, starts):
                done += size
                if commission.told is not None:
                    commission.told(done, draft.body_bytes)
        except BaseException:
            for pool in (encrypting, hashing):
                pool.shutdown(wait=False, cancel_futures=True)
            raise
        for each in hashed:
            each.result()
    plain.check_unchanged()
    return whole.digest()


def _seal_group(sealing: Sealing, first: int, part: memoryview, sealed: memoryview, out: int) -> None:
    size = sealing.preamble.draft.chunk_bytes
    filled = 0
    for number, at in enumerate(range(0, len(part), size)):
        plain = part[at : at + size]
        sealing.chunk(first + number, plain, sealed[filled : filled + len(plain) + TAG_BYTES])
        filled += len(plain) + TAG_BYTES
    write_all(out, sealed[:filled], sealing.preamble.chunk(first)[0])
