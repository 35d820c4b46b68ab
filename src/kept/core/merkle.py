"""The mathematics of a Merkle tree log, pure: RFC 6962 section 2.1, with the verifiers of RFC 9162 section 2.1.3-4.

A hash is 32 bytes of SHA-256. Everything that reads a tree reads it through `Nodes`: `nodes(level, index)` is the
root of the complete subtree of 2**level leaves that starts at leaf index * 2**level.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

from kept.errors import Invalid, Unverified

HASH_BYTES = 32
PROOF_LIMIT = 63
EMPTY_ROOT = sha256(b"").digest()

Nodes = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node above `left` and `right` (RFC 6962 section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def parents(hashes: bytes) -> bytes:
    """The next level up of concatenated sibling pairs: 64 bytes in, 32 out."""
    return b"".join([sha256(b"\x01" + hashes[at : at + 64]).digest() for at in range(0, len(hashes), 64)])


def perfect_root(hashes: bytes) -> bytes:
    """The root over concatenated hashes, whose number is a power of two."""
    while len(hashes) > HASH_BYTES:
        hashes = parents(hashes)
    return hashes


def root(hashes: bytes) -> bytes:
    """The root over concatenated hashes, in memory (RFC 6962 section 2.1)."""
    if not hashes:
        return EMPTY_ROOT
    folded = b""
    while True:
        count = len(hashes) // HASH_BYTES
        if count % 2:
            last = hashes[-HASH_BYTES:]
            folded = node_hash(last, folded) if folded else last
            hashes = hashes[:-HASH_BYTES]
        if count <= 1:
            return folded
        hashes = parents(hashes)


def range_root(nodes: Nodes, start: int, stop: int) -> bytes:
    """The hash that RFC 6962 names MTH(D[start:stop]), read through `nodes`; `stop` is beyond `start`."""
    count = stop - start
    if count & (count - 1) == 0 and start % count == 0:
        level = count.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(count)
    return node_hash(range_root(nodes, start, middle), range_root(nodes, middle, stop))


def tree_root(nodes: Nodes, size: int) -> bytes:
    """The root of the first `size` leaves."""
    return range_root(nodes, 0, size) if size else EMPTY_ROOT


def prove_inclusion(nodes: Nodes, index: int, size: int) -> tuple[bytes, ...]:
    """The audit path of leaf `index` in the tree of `size` leaves, leaf's sibling first (RFC 6962 section 2.1.1).

    Raises Invalid when the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise Invalid(f"A tree of {size} entries has no entry {index}.", code="merkle.out-of-range")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(range_root(nodes, middle, stop))
            stop = middle
        else:
            path.append(range_root(nodes, start, middle))
            start = middle
    return tuple(reversed(path))


def prove_consistency(nodes: Nodes, old: int, new: int) -> tuple[bytes, ...]:
    """The proof that the tree of `new` leaves extends the tree of `old` leaves (RFC 6962 section 2.1.2).

    Empty when the sizes are equal or `old` is 0. Raises Invalid when `old` is negative or beyond `new`.
    """
    if not 0 <= old <= new:
        raise Invalid(f"A tree of {new} entries has no earlier size {old}.", code="merkle.out-of-range")
    if old in (0, new):
        return ()
    path: list[bytes] = []
    start, stop, whole = 0, new, True
    while old != stop:
        middle = start + _split(stop - start)
        if old <= middle:
            path.append(range_root(nodes, middle, stop))
            stop = middle
        else:
            path.append(range_root(nodes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(range_root(nodes, start, stop))
    return tuple(reversed(path))


def verify_inclusion(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the tree of `size` leaves under `root` holds the leaf hash `leaf` at `index` (RFC 9162 2.1.3.2).

    Raises Invalid for a malformed question (sizes, hash lengths) and Unverified when the proof does not hold.
    """
    if not 0 <= index < size:
        raise Invalid(f"A tree of {size} entries has no entry {index}.", code="merkle.out-of-range")
    inner = (index ^ (size - 1)).bit_length()
    expected = inner + (index >> inner).bit_count()
    if len(proof) != expected:
        raise Unverified(
            f"The inclusion proof of entry {index} of {size} has {len(proof)} hashes; {expected} belong there.",
            code="merkle.proof-length",
        )
    if len(leaf) != 32 or len(root) != 32 or (proof and set(map(len, proof)) != {32}):
        raise Invalid("A hash in an inclusion proof is not 32 bytes long.", code="merkle.hash-length")
    # This loop is the hot path of every verifier: 20 rounds for a million leaves, so nothing is named twice in it.
    digest, position, hashed = leaf, index, sha256
    for sibling in proof[:inner]:
        digest = hashed(b"\x01" + (sibling + digest if position & 1 else digest + sibling)).digest()
        position >>= 1
    for sibling in proof[inner:]:
        digest = hashed(b"\x01" + sibling + digest).digest()
    if digest != root:
        raise Unverified(
            f"The inclusion proof of entry {index} does not lead to the root of the tree of {size} entries.",
            code="merkle.inclusion",
        )


def verify_consistency(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the tree (`new_size`, `new_root`) extends (`old_size`, `old_root`) (RFC 9162 section 2.1.4.2).

    A proof from size 0 is refused: every tree extends the empty one, so there is nothing to prove.
    Raises Invalid for a malformed question (sizes, hash lengths) and Unverified when the proof does not hold.
    """
    if not 0 < old_size <= new_size:
        raise Invalid(f"There is nothing to prove from size {old_size} to {new_size}.", code="merkle.out-of-range")
    if any(len(value) != HASH_BYTES for value in (old_root, new_root, *proof)):
        raise Invalid("A hash in a consistency proof is not 32 bytes long.", code="merkle.hash-length")
    if old_size == new_size:
        if proof or old_root != new_root:
            raise Unverified(f"Two roots are claimed for one size, {new_size}.", code="merkle.consistency")
        return
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not path:
        raise Unverified("The consistency proof is empty.", code="merkle.proof-length")
    shift = ((old_size - 1) ^ old_size).bit_length() - 1
    position, last = (old_size - 1) >> shift, (new_size - 1) >> shift
    old_digest = new_digest = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise Unverified("The consistency proof is too long.", code="merkle.proof-length")
        if position & 1 or position == last:
            old_digest, new_digest = node_hash(sibling, old_digest), node_hash(sibling, new_digest)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            new_digest = node_hash(new_digest, sibling)
        position, last = position >> 1, last >> 1
    if last or old_digest != old_root or new_digest != new_root:
        raise Unverified(
            f"The tree of {new_size} entries is not an extension of the tree of {old_size}.", code="merkle.consistency"
        )


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)
