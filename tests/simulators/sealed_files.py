"""Small sealed files in memory, by the methods alone: no folder, no workspace, no custodians."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from kept.core.keys import Signer, public_key
from kept.core.keys.software import SoftwareSigner
from kept.core.statement import sign
from kept.practices.weights.methods import safetensors
from kept.practices.weights.methods.sealed import manifest, slots
from kept.practices.weights.methods.sealed.keys import shard_key
from kept.practices.weights.methods.sealed.layout import NO_PARENT, Draft, Preamble
from kept.practices.weights.methods.sealed.manifest import Fingerprints, Shard
from kept.practices.weights.methods.sealed.writing import Sealing
from kept.practices.weights.records.sealed import Commission, Told

CHUNK = SLOT = 4096


def plain_file(size: int = 10_000, *, seed: int = 1) -> bytes:
    """A safetensors file with tensors of bytes in two rows and of a single byte, `size` bytes of tensors in all."""
    half = (size - 1) // 2
    rest = size - 1 - 2 * half
    header = (
        f'{{"w":{{"dtype":"U8","shape":[2,{half}],"data_offsets":[0,{2 * half}]}},'
        f'"b":{{"dtype":"U8","shape":[{1 + rest}],"data_offsets":[{2 * half},{size}]}}}}'
    ).encode()
    return len(header).to_bytes(8, "little") + header + Random(seed).randbytes(size)


@dataclass(frozen=True)
class Unsigned:
    """A sealed file without manifest or key slots, its key, and what was sealed."""

    data: bytearray
    key: bytes
    plain: bytes
    sealing: Sealing

    @property
    def body(self) -> bytes:
        """The bytes of the tensors."""
        return self.plain[8 + safetensors.header_length(self.plain[:8]) :]


def sealed(
    plain: bytes,
    *,
    key: bytes = b"k" * 32,
    salt: bytes = b"s" * 32,
    chunk: int = CHUNK,
    slot: int = SLOT,
    manifest: int = 4096,
    folder: tuple[bytes, Draft] | None = None,
) -> Unsigned:
    """Seal a safetensors file, chunk by chunk; as a shard of a folder, by the folder's key."""
    length = safetensors.header_length(plain[:8])
    header, body = plain[8 : 8 + length], memoryview(plain)[8 + length :]
    draft = Draft(len(body), salt, chunk_bytes=chunk, slot_bytes=slot)
    parent = NO_PARENT
    if folder is not None:
        key, parent = bytes(shard_key(folder[0], draft)), folder[1].file_id
    sealing = Sealing(draft, key, payload_bytes=64 + length, manifest_bytes=manifest, parent=parent)
    data = bytearray(sealing.preamble.body[1])
    view = memoryview(data)
    for index in range(draft.count):
        start, stop = sealing.preamble.chunk(index)
        sealing.chunk(index, body[index * chunk : (index + 1) * chunk], view[start:stop])
    table, encrypted = sealing.finish(hashlib.sha256(plain).digest(), header)
    view[:4096] = sealing.preamble.to_bytes()
    view[slice(*sealing.preamble.table)] = table
    view[slice(*sealing.preamble.header)] = encrypted
    return Unsigned(data, key, plain, sealing)


SIGNER = SoftwareSigner.from_seed(b"sealer".ljust(32, b"."))
ISSUED, BY = "2026-11-22T07:30:00Z", "provider"
ENVELOPE = b'{"an envelope":"of keys"}'


def signed(unsigned: Unsigned, *signers: Signer, envelope: bytes = ENVELOPE, shards: Sequence[Shard] = ()) -> bytes:
    """The whole file: its manifest and its first keys, signed."""
    signers = signers or (SIGNER,)
    view, preamble = memoryview(unsigned.data), unsigned.sealing.preamble
    found = Fingerprints.of(bytes(view[:4096]), view[slice(*preamble.header)], view[slice(*preamble.table)])
    said = manifest.statement(
        preamble,
        found,
        plain_digest=hashlib.sha256(unsigned.plain).hexdigest(),
        keys=[public_key(signer) for signer in signers],
        issued=ISSUED,
        by=BY,
        shards=shards,
    )
    start, stop = preamble.manifest
    view[start:stop] = manifest.pack(sign(said, signers), stop - start)
    for start, stop in preamble.slots[:1]:
        view[start:stop] = slot(preamble, envelope, 1, *signers)
    return bytes(unsigned.data)


def slot(preamble: Preamble, envelope: bytes, generation: int, *signers: Signer) -> bytes:
    """A key slot, signed."""
    keys = [public_key(signer) for signer in signers or (SIGNER,)]
    said = slots.statement(preamble, envelope, generation=generation, keys=keys, issued=ISSUED, by=BY)
    return slots.pack(preamble, envelope, sign(said, signers or (SIGNER,)), generation=generation)


KEY = b"f" * 32


def commission(*signers: Signer, told: Told | None = None) -> Commission:
    """Whoever seals on disk: under one known key, whatever the file."""
    signers = signers or (SIGNER,)
    return Commission(
        keyed=lambda file_id, salt: (bytearray(KEY), ENVELOPE),
        sign=lambda said: sign(said, signers),
        keys=tuple(public_key(signer) for signer in signers),
        issued=ISSUED,
        by=BY,
        entropy=os.urandom,
        told=told,
    )


def sharded(folder: Path, sizes: Sequence[int] = (5000, 3000), *, index: object = None) -> Path:
    """A folder with a shard of each size, `index` instead of the index that fits them, and a file beside them."""
    folder.mkdir()
    weight_map = {}
    for number, size in enumerate(sizes, 1):
        name = f"model-{number:05}-of-{len(sizes):05}.safetensors"
        header = f'{{"layer.{number}":{{"dtype":"U8","shape":[{size}],"data_offsets":[0,{size}]}}}}'.encode()
        data = len(header).to_bytes(8, "little") + header + Random(number).randbytes(size)
        (folder / name).write_bytes(data)
        weight_map[f"layer.{number}"] = name
    said = {"metadata": {"total_size": sum(sizes)}, "weight_map": weight_map} if index is None else index
    (folder / "model.safetensors.index.json").write_text(json.dumps(said))
    (folder / "config.json").write_text("{}")
    return folder
