"""Inclusion proofs of every entry of a log at once."""

from collections.abc import Sequence

from kept.core import merkle

Levels = list[list[bytes]]


def prove_all(entries: Sequence[bytes]) -> tuple[bytes, list[tuple[bytes, ...]]]:
    """The root over the entries, and each entry's audit path (RFC 6962 section 2.1)."""
    levels = [[merkle.leaf_hash(entry) for entry in entries]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([merkle.node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])

    def node(level: int, index: int) -> bytes:
        return levels[level][index]

    size = len(entries)
    return merkle.tree_root(node, size), [merkle.prove_inclusion(node, at, size) for at in range(size)]
