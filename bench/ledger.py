"""How fast the log is: appending to tiles, and verifying proofs, each against the bare hashing that it can't avoid.

Each time is the least of several interleaved rounds, since whatever else a machine does only ever adds to it.

Usage: python bench/ledger.py [--quick]
"""

import argparse
import json
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


def append_row(leaves, parent):
    bare, tiled = [], []
    for round_ in range(ROUNDS):
        folder = parent / f"log-{round_}"
        spent, expected = seconds(lambda: bare_root(leaves))
        bare.append(spent)
        spent, (root, files) = seconds(lambda folder=folder: append(leaves, folder))
        tiled.append(spent)
        assert root == expected
    ratio = min(bare) / min(tiled)
    return {
        "what": f"tiles append, {len(leaves):,} leaves of 32 B",
        "reach": "≥ 0.5 of a bare in-memory SHA-256 Merkle root",
        "measured": round(ratio, 3),
        "unit": "ratio",
        "holds": ratio >= 0.5,
        "detail": {
            "bare leaves/s": round(len(leaves) / min(bare)),
            "appended leaves/s": round(len(leaves) / min(tiled)),
            "files": files,
            "rounds": [round(one / other, 3) for one, other in zip(bare, tiled, strict=True)],
        },
    }


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
    try:
        first = append_row(leaves, parent)
        rows = [first, verify_row(leaves, parent / "log-0"), prove_row(leaves, parent / "log-0")]
    finally:
        shutil.rmtree(parent)
    print(json.dumps({"bench": "ledger", "rows": rows}, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
