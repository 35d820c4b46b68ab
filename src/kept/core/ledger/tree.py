"""The tree in the database: leaves beside the entries, roots of full tiles as they fill, so proofs rehash little."""

import json
from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection, func, select

from kept.core import merkle
from kept.core.ledger.records import Body, Entry
from kept.core.ledger.tables import BODY, ENTRY, NODE
from kept.core.tiles import HEIGHT, WIDTH, Rows, TileReader
from kept.errors import Unverified

PAGE = 512

Sealed = Callable[[int], tuple[Entry, Body]]


def size_of(connection: Connection) -> int:
    """The number of entries."""
    last = connection.execute(select(func.max(ENTRY.c.position))).scalar()
    return 0 if last is None else int(last) + 1


def append(connection: Connection, sealed: Sequence[Sealed]) -> tuple[Entry, ...]:
    """Give each entry the next index and add it, with its body, in the transaction of `connection`."""
    start = size_of(connection)
    made = [seal(index) for index, seal in enumerate(sealed, start)]
    connection.execute(
        ENTRY.insert(),
        [
            {
                "position": entry.index,
                "predicate": entry.predicate,
                "model": entry.model,
                "raw": entry.raw,
                "leaf": merkle.leaf_hash(entry.raw),
            }
            for entry, _ in made
        ],
    )
    connection.execute(
        BODY.insert(),
        [
            {
                "position": entry.index,
                "salt": body.salt,
                "envelope": body.envelope,
                "disclosures": json.dumps(body.disclosures),
            }
            for entry, body in made
        ],
    )
    _add_nodes(connection, start, start + len(made))
    return tuple(entry for entry, _ in made)


def _add_nodes(connection: Connection, start: int, stop: int) -> None:
    level = 0
    while (start := start // WIDTH) < (stop := stop // WIDTH):
        rows = [
            {
                "level": level + 1,
                "position": tile,
                "hash": merkle.perfect_root(tile_of(connection, level, tile, WIDTH)),
            }
            for tile in range(start, stop)
        ]
        connection.execute(NODE.insert(), rows)
        level += 1


def tile_of(connection: Connection, level: int, index: int, width: int) -> bytes:
    """The hashes of a tile. Raises Unverified when the database lacks one."""
    first = index * WIDTH
    if level == 0:
        query = select(ENTRY.c.leaf).where(ENTRY.c.position.between(first, first + width - 1))
        query = query.order_by(ENTRY.c.position)
    else:
        within = NODE.c.position.between(first, first + width - 1)
        query = select(NODE.c.hash).where(NODE.c.level == level, within).order_by(NODE.c.position)
    found = connection.execute(query).scalars()
    hashes = b"".join([stored_bytes(value, what=f"A hash of tree level {level * HEIGHT}") for value in found])
    if len(hashes) != width * merkle.HASH_BYTES:
        raise Unverified(
            f"The database has {len(hashes)} bytes of the {width} hashes from {first} of tree level {level * HEIGHT}.",
            code="ledger.hashes-missing",
            hint="Entries were removed from the store. Restore it from a backup.",
        )
    return hashes


def reader(connection: Connection, size: int, cache: dict[tuple[int, int], Rows]) -> TileReader:
    """The tree of the first `size` entries."""
    return TileReader(lambda level, index, width: tile_of(connection, level, index, width), size, cache=cache)


def entries(connection: Connection, start: int, stop: int) -> Iterator[Entry]:
    """The entries from `start` to before `stop`, each checked against its leaf and its columns. Raises Unverified."""
    for first in range(start, stop, PAGE):
        last = min(first + PAGE, stop)
        query = select(ENTRY).where(ENTRY.c.position.between(first, last - 1)).order_by(ENTRY.c.position)
        expected = first
        for row in connection.execute(query):
            yield checked(row.position, row.predicate, row.model, row.raw, row.leaf)
            if row.position != expected:
                break
            expected += 1
        if expected != last:
            raise Unverified(f"Entry {expected} is missing from the database.", code="ledger.entry-missing")


def checked(index: int, predicate: str, model: str, raw: bytes, leaf: bytes) -> Entry:
    """The entry of a row. Raises Unverified when its bytes don't hash to its leaf, or its columns differ from it."""
    if merkle.leaf_hash(stored_bytes(raw, what=f"Entry {index}")) != leaf:
        raise Unverified(f"Entry {index} in the database is not the one that was hashed.", code="ledger.entry-changed")
    entry = Entry.parse(index, raw)
    if (entry.predicate, entry.model) != (predicate, model):
        raise Unverified(f"Entry {index} is filed under another predicate or model.", code="ledger.entry-changed")
    return entry


def stored_bytes(value: object, *, what: str) -> bytes:
    """The value, which SQLite may hold as another type once its file was changed. Raises Unverified."""
    if not isinstance(value, bytes):
        raise Unverified(f"{what} in the database is not made of bytes.", code="ledger.entry-changed")
    return value
