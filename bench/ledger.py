"""How fast the log is: appending to tiles, and verifying proofs, each against the bare hashing that it can't avoid.

Each time is the least of several interleaved rounds, since whatever else a machine does only ever adds to it.

The files go to a file system in memory where there is one, as the bare root stays in memory. On disk they are compared
with the same hashing and the bare creation of as many files of the same sizes on that disk, in the same run: ext4 steps
over every inode that was deleted in its last minutes whenever it creates a file, so that making the 7,831 files takes
anything from 0.5 to 8 s by what ran before.

Usage: python bench/ledger.py [--quick]
"""

import argparse
import json
import os
import shutil
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from kept.core import merkle, tiles

ROUNDS = 5


def seconds(work):
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def bare_root(leaves):
    """A SHA-256 Merkle root in memory, and nothing else."""
    level = b"".join([sha256(b"\x00" + leaf).digest() for leaf in leaves])
    return merkle.root(level)


def append(leaves, folder):
    """The same leaves as a tiled log on disk: entry bundles, tiles of every level, every file written atomically."""
    writer = tiles.TileWriter(folder)
    writer.append(leaves)
    writer.flush()
    return writer.root(), len(writer.written)


def bare_files(like, folder):
    """As many files of the same sizes, created under names of their own, and nothing else."""
    sizes = [(path.relative_to(like), path.stat().st_size) for path in sorted(like.rglob("*")) if path.is_file()]
    for parent in sorted({name.parent for name, _ in sizes}):
        (folder / parent).mkdir(parents=True, exist_ok=True)
    names = [(str(folder / name), bytes(size)) for name, size in sizes]

    def create():
        for name, content in names:
            descriptor = os.open(name, os.O_WRONLY | os.O_CREAT, 0o644)
            os.write(descriptor, content)
            os.close(descriptor)

    return seconds(create)[0]


def append_rows(leaves, parent, memory):
    taken = {"root": [], "memory": [], "disk": [], "files": []}
    for round_ in range(ROUNDS):
        spent, expected = seconds(lambda: bare_root(leaves))
        taken["root"].append(spent)
        for where, folder in (("memory", memory / f"log-{round_}"), ("disk", parent / f"log-{round_}")):
            spent, (root, files) = seconds(lambda folder=folder: append(leaves, folder))
            taken[where].append(spent)
            assert root == expected
        taken["files"].append(bare_files(parent / f"log-{round_}", parent / f"bare-{round_}"))
        shutil.rmtree(memory / f"log-{round_}")
    least = {name: min(times) for name, times in taken.items()}
    in_memory = least["root"] / least["memory"]
    # What a disk takes differs from round to round more than anything else: each round is its own comparison.
    of_disk = sorted(
        (root + files) / disk for root, files, disk in zip(taken["root"], taken["files"], taken["disk"], strict=True)
    )[ROUNDS // 2]
    told = {name: [round(one, 3) for one in times] for name, times in taken.items()}
    return [
        {
            "what": f"tiles append, {len(leaves):,} leaves of 32 B",
            "reach": "≥ 0.5 of a bare in-memory SHA-256 Merkle root",
            "measured": round(in_memory, 3),
            "unit": "ratio",
            "holds": in_memory >= 0.5,
            "detail": {
                "bare leaves/s": round(len(leaves) / least["root"]),
                "appended leaves/s": round(len(leaves) / least["memory"]),
                "files": files,
                "files in": str(memory.parent),
                "seconds": told,
            },
        },
        {
            "what": f"tiles append, {len(leaves):,} leaves of 32 B, on disk",
            "reach": "≥ 0.5 of the bare root and the bare creation of as many files on that disk",
            "measured": round(of_disk, 3),
            "unit": "ratio",
            "holds": of_disk >= 0.5,
            "detail": {
                "of the bare root alone": round(least["root"] / least["disk"], 3),
                "bare files/s": round(files / least["files"]),
            },
        },
    ]


def proofs_of(size, count, folder):
    reader = tiles.TileReader(tiles.fetched(tiles.from_folder(folder)), size)
    indices = range(0, size, max(1, size // count))
    root = merkle.tree_root(reader.nodes, size)
    return root, [(index, merkle.prove_inclusion(reader.nodes, index, size)) for index in indices]


def verify_row(leaves, folder):
    size = len(leaves)
    root, proofs = proofs_of(size, 500, folder)
    asked = [(merkle.leaf_hash(leaves[index]), index, proof) for index, proof in proofs]
    hashes = sum(len(proof) for _, proof in proofs)

    def verify():
        for leaf, index, proof in asked:
            merkle.verify_inclusion(leaf, index=index, size=size, proof=proof, root=root)

    def bare():
        block, hashed = b"\x01" + bytes(64), sha256
        for _ in range(hashes):
            hashed(block).digest()

    repeats = 20
    verified = min(seconds(lambda: [verify() for _ in range(repeats)])[0] for _ in range(ROUNDS))
    hashing = min(seconds(lambda: [bare() for _ in range(repeats)])[0] for _ in range(ROUNDS))
    rate = repeats * len(asked) / verified
    return {
        "what": f"proof verification, inclusion in {size:,} entries",
        "reach": "≥ 40,000/s on one core",
        "measured": round(rate),
        "unit": "per second",
        "holds": rate >= 40_000,
        "detail": {"hashes per proof": round(hashes / len(asked), 2), "of bare SHA-256": round(hashing / verified, 3)},
    }


def prove_row(leaves, folder):
    size = len(leaves)
    spent, (_, proofs) = seconds(lambda: proofs_of(size, 5000, folder))
    reader = tiles.TileReader(tiles.fetched(tiles.from_folder(folder)), size)
    indices = [index % size for index in range(7, 20_007)]
    merkle.prove_inclusion(reader.nodes, 7, size)
    warm, _ = seconds(lambda: [merkle.prove_inclusion(reader.nodes, index, size) for index in indices])
    return {
        "what": f"proofs made from tiles, {size:,} entries",
        "reach": "as fast as they are verified, from warm tiles",
        "measured": round(len(indices) / warm),
        "unit": "per second",
        "holds": True,
        "detail": {"spread over the log, cold tiles, per second": round(len(proofs) / spent)},
    }


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="100,000 leaves instead of a million")
    count = 100_000 if options.parse_args().quick else 1_000_000
    leaves = [number.to_bytes(32, "big") for number in range(count)]
    parent = Path(tempfile.mkdtemp(prefix="kept-bench-"))
    shared = Path("/dev/shm")
    memory = Path(tempfile.mkdtemp(prefix="kept-bench-", dir=shared if shared.is_dir() else parent))
    try:
        appended = append_rows(leaves, parent, memory)
        rows = [*appended, verify_row(leaves, parent / "log-0"), prove_row(leaves, parent / "log-0")]
    finally:
        shutil.rmtree(memory)
        shutil.rmtree(parent)
    print(json.dumps({"bench": "ledger", "rows": rows}, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
