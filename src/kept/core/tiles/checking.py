"""Checking a log's files against each other and against its root."""

from collections.abc import Iterator

from kept.core import merkle
from kept.core.tiles.layout import FULL, HEIGHT, WIDTH, edge, fold, tile_path
from kept.core.tiles.reading import Fetch, fetch_entries, fetch_hashes
from kept.errors import Unverified


def check(fetch: Fetch, *, size: int, root: bytes) -> Iterator[tuple[int, bytes]]:
    """Every (index, entry) of a log, recomputing every tile on the way; the last step compares the root.

    What was yielded is verified only once the iterator is exhausted. Raises Unverified, naming the file at fault.
    """
    rows: list[bytearray] = [bytearray() for _ in edge(size)] or [bytearray()]
    for index, start in enumerate(range(0, size, WIDTH)):
        width = min(WIDTH, size - start)
        entries = fetch_entries(fetch, index, width)
        rows[0] += b"".join([merkle.leaf_hash(entry) for entry in entries])
        _check_full(fetch, rows, start + width)
        yield from enumerate(entries, start)
    folded = b""
    for level, row in enumerate(rows):
        if row:
            _compare(fetch, level, size >> (HEIGHT * (level + 1)), bytes(row))
            folded = fold(bytes(row), folded)
    if (folded or merkle.EMPTY_ROOT) != root:
        raise Unverified(f"The {size} entries don't hash to the root of the checkpoint.", code="tiles.root")


def _check_full(fetch: Fetch, rows: list[bytearray], size: int) -> None:
    for level, row in enumerate(rows):
        if len(row) < FULL:
            return
        tile = bytes(row)
        row.clear()
        _compare(fetch, level, (size >> (HEIGHT * (level + 1))) - 1, tile)
        rows[level + 1] += merkle.perfect_root(tile)


def _compare(fetch: Fetch, level: int, index: int, expected: bytes) -> None:
    width = len(expected) // merkle.HASH_BYTES
    found = fetch_hashes(fetch, level, index, width)
    if found != expected:
        at = next(at for at in range(0, len(found), 32) if found[at : at + 32] != expected[at : at + 32]) // 32
        raise Unverified(
            f"{tile_path(level, index, width)} has another hash at position {at} than its entries give.",
            code="tiles.mismatch",
            hint="A tile or an entry was changed, or tiles were swapped.",
        )
