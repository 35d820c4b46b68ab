"""Writes tests/vectors/sealed: small sealed files, and what a reader must make of them and of changed ones.

Usage: PYTHONPATH=src:tests python tests/vectors/generate_sealed.py
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from kept.core.keys.software import SoftwareSigner
from kept.practices.weights.methods.sealed import manifest
from kept.practices.weights.methods.sealed.layout import DIGEST_BYTES, Draft
from kept.practices.weights.methods.sealed.manifest import Fingerprints, Shard
from kept.practices.weights.methods.sealed.writing import Sealing
from simulators.sealed_files import CHUNK, SIGNER, SLOT, Unsigned, plain_file, sealed, signed, slot

FOLDER = Path(__file__).parent / "sealed"
KEY, FOLDER_KEY = b"k" * 32, b"f" * 32
Patch = tuple[int, bytes]
STILL_READ = {
    "something in the gap",
    "the manifest of another sealing",
    "the keys of another sealing",
    "a bit of the key slot",
}


def main() -> None:
    """Write every file and cases.json."""
    FOLDER.mkdir(exist_ok=True)
    made = sealed(plain_file(2 * CHUNK + 100), key=KEY)
    whole = signed(made)
    forged = sealed(plain_file(2 * CHUNK + 100, seed=2), key=KEY)
    other = signed(sealed(plain_file(2 * CHUNK + 100), key=KEY, salt=b"t" * 32))
    empty = signed(sealed((2).to_bytes(8, "little") + b"{}", key=KEY, salt=b"e" * 32))
    files = {"weights": (whole, made.plain), "empty": (empty, (2).to_bytes(8, "little") + b"{}")}
    for name, (data, _) in files.items():
        (FOLDER / f"{name}.sealed").write_bytes(data)
    cases = [good(name, plain) for name, (_, plain) in files.items()]
    cases += [bad(name, patches, reads=name in STILL_READ) for name, patches in faults(whole, other, made).items()]
    cases += [bad(name, [], cut=cut) for name, cut in cuts(whole).items()]
    cases.append({**bad("a byte appended", []), "append": "00"})
    cases.append({**bad("another key", [], verifies=True), "key": "00" * 32})
    preamble = made.sealing.preamble
    new = slot(preamble, b"new keys", 2)
    both, gone = (preamble.slots[1][0], new), (preamble.slots[0][0], bytes(SLOT))
    cases += [
        {**good("new keys beside the old", made.plain, [both]), "file": "weights", "generation": 2},
        {**good("new keys alone", made.plain, [both, gone]), "file": "weights", "generation": 2},
        bad("a torn key slot", [(both[0], new[:600])], reads=True),
        bad("two keys of one generation", [(both[0], slot(preamble, b"new keys", 1))], reads=True),
        bad("no keys", [gone], reads=True),
    ]
    cases += insiders(whole, made, forged)
    write_folder()
    (FOLDER / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")


def good(name: str, plain: bytes, patches: list[Patch] | None = None) -> dict[str, Any]:
    """A file that verifies and reads."""
    said = {"sha256": hashlib.sha256(plain).hexdigest(), "generation": 1}
    return {
        "name": name,
        "file": name,
        "patch": texts(patches or []),
        "key": KEY.hex(),
        "verifies": True,
        "reads": True,
        **said,
    }


def bad(
    name: str, patches: list[Patch], *, cut: int | None = None, verifies: bool = False, reads: bool = False
) -> dict[str, Any]:
    """A changed file. It reads where the whole plaintext comes out, with the digest that the header says."""
    case = {"name": name, "file": "weights", "patch": texts(patches), "key": KEY.hex()}
    return {**case, "verifies": verifies, "reads": reads, **({} if cut is None else {"cut": cut})}


def texts(patches: list[Patch]) -> list[list[Any]]:
    """Patches as JSON has them: where, and hex."""
    return [[at, data.hex()] for at, data in patches]


def cuts(whole: bytes) -> dict[str, int]:
    """Where the file is cut off."""
    return {
        "cut by one byte": len(whole) - 1,
        "cut by a chunk": len(whole) - CHUNK,
        "empty file": 0,
        "preamble alone": CHUNK,
    }


def faults(whole: bytes, other: bytes, made: Unsigned) -> dict[str, list[Patch]]:
    """Changes that anyone can make who has the files and no key."""
    preamble = made.sealing.preamble
    one, two = preamble.chunk(0), preamble.chunk(1)
    found: dict[str, list[Patch]] = {
        "version 0": [(8, (0).to_bytes(4, "little"))],
        "version 2": [(8, (2).to_bytes(4, "little"))],
        "kind 3": [(12, (3).to_bytes(4, "little"))],
        "chunks of another size": [(16, (8192).to_bytes(4, "little"))],
        "another salt": [(32, b"t" * 32)],
        "a parent": [(96, b"p" * 32)],
        "something in the preamble's rest": [(4000, b"x")],
        "something in the gap": [(preamble.header[1], b"x")],
        "chunks swapped": [(one[0], whole[slice(*two)]), (two[0], whole[slice(*one)])],
        "chunks and digests swapped": [
            (one[0], whole[slice(*two)]),
            (two[0], whole[slice(*one)]),
            (preamble.table[0], whole[preamble.table[0] + 32 :][:32] + whole[preamble.table[0] :][:32]),
        ],
    }
    for name in ("manifest", "table", "header", "body"):
        start, stop = getattr(preamble, name)
        found[f"the {name} of another sealing"] = [(start, other[start:stop])]
    found["the preamble of another sealing"] = [(0, other[:4096])]
    found["the first chunk of another sealing"] = [(one[0], other[slice(*one)])]
    found["the keys of another sealing"] = [(preamble.slots[0][0], other[slice(*preamble.slots[0])])]
    for name, at in {"preamble": 70, "key slot": 4130, "chunk": one[0] + 9, "tag": two[1] - 1}.items():
        found[f"a bit of the {name}"] = [(at, bytes([whole[at] ^ 1]))]
    return {name: patches for name, patches in found.items() if any(whole[at : at + len(d)] != d for at, d in patches)}


def insiders(whole: bytes, made: Unsigned, forged: Unsigned) -> list[dict[str, Any]]:
    """What a holder of the key can make, or of a signing key that isn't the sealer's."""
    preamble = made.sealing.preamble
    start, stop = preamble.chunk(0)
    stranger = SoftwareSigner.from_seed(b"stranger".ljust(32, b"."))
    theirs = manifest.unpack(signed(forged, stranger)[slice(*preamble.manifest)])
    mixed = manifest.Envelope(manifest.unpack(whole[slice(*preamble.manifest)]).payload, theirs.signatures)
    area = manifest.pack(mixed, preamble.manifest_bytes)
    return [
        bad("a chunk by the key's own holder", [(start, bytes(forged.data[start:stop]))]),
        bad("a signature of another statement", [(preamble.manifest[0], area)], reads=True),
    ]


def write_folder() -> None:
    """A folder of two shards, sealed."""
    folder = FOLDER / "folder"
    folder.mkdir(exist_ok=True)
    names = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    index = json.dumps({"weight_map": {"w": names[0], "b": names[0], "v": names[1]}}).encode()
    draft = Draft(0, b"i" * 32, kind="index", chunk_bytes=CHUNK, slot_bytes=SLOT)
    second = b'{"v":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}'
    plains = [plain_file(5000), len(second).to_bytes(8, "little") + second + b"abc"]
    shards = [_shard(folder, name, plain, draft) for name, plain in zip(names, plains, strict=True)]
    sealing = Sealing(draft, FOLDER_KEY, payload_bytes=2 * DIGEST_BYTES + len(index), manifest_bytes=8192)
    data = bytearray(sealing.preamble.body[1])
    _, encrypted = sealing.finish(hashlib.sha256(index).digest(), index)
    data[:4096] = sealing.preamble.to_bytes()
    data[slice(*sealing.preamble.header)] = encrypted
    unsigned = Unsigned(data, FOLDER_KEY, index, sealing)
    (folder / "model.safetensors.index.json.sealed").write_bytes(signed(unsigned, SIGNER, shards=shards))
    said = {"key": FOLDER_KEY.hex(), "sha256": manifest.shard_list_digest(shards)}
    said["files"] = {name: hashlib.sha256(plain).hexdigest() for name, plain in zip(names, plains, strict=True)}
    (FOLDER / "folder.json").write_text(json.dumps(said, indent=1) + "\n")


def _shard(folder: Path, name: str, plain: bytes, index: Draft) -> Shard:
    made = sealed(plain, salt=name.encode()[:32].ljust(32, b"."), slot=0, folder=(FOLDER_KEY, index))
    data = signed(made)
    (folder / f"{name}.sealed").write_bytes(data)
    preamble = made.sealing.preamble
    found = Fingerprints.of(data[:4096], data[slice(*preamble.header)], data[slice(*preamble.table)])
    return Shard(name=name, file=preamble.file_id.hex(), sha256=hashlib.sha256(plain).hexdigest(), **found.document())


if __name__ == "__main__":
    main()
