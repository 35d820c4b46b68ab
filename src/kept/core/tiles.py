"""C2SP tlog-tiles v0.1.0: a log as static files of 256 hashes, read, written and checked.

A `Fetch` gives the bytes at a path such as "tile/0/x001/234.p/7", from a folder, a database or a network.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path

from kept.core import merkle
from kept.errors import Invalid, NotFound, Unavailable, Unverified

HEIGHT = 8
WIDTH = 256
FULL = WIDTH * merkle.HASH_BYTES
ENTRY_LIMIT = 65_535
CACHED_TILES = 512

Fetch = Callable[[str], bytes]
Tiles = Callable[[int, int, int], bytes]
Rows = tuple[bytes, ...]

_PATH = re.compile(r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """The path of tile `index` of a level (or of "entries"), `width` items wide; 256 is a full one."""
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.insert(0, f"x{index % 1000:03d}")
    suffix = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(parts)}{suffix}"


def parse_path(path: str) -> tuple[int | str, int, int]:
    """The level (or "entries"), index and width that a path names. Raises Invalid for any other text."""
    match = _PATH.fullmatch(path)
    if match:
        level: int | str = "entries" if match[1] == "entries" else int(match[1])
        index = int(match[2].replace("x", "").replace("/", ""))
        width = int(match[3]) if match[3] else WIDTH
        if (width < WIDTH or not match[3]) and tile_path(level, index, width) == path:
            return level, index, width
    raise Invalid(f"{path[:80]!r} is not the path of a tile.", code="tiles.path")


def pack(entries: Sequence[bytes]) -> bytes:
    """An entry bundle: each entry behind its length as a big-endian uint16. Raises Invalid beyond 65,535 bytes."""
    lengths = set(map(len, entries))
    if lengths and max(lengths) > ENTRY_LIMIT:
        raise too_long(max(lengths))
    if len(lengths) == 1:
        prefix = lengths.pop().to_bytes(2, "big")
        return prefix + prefix.join(entries)
    prefixes = {length: length.to_bytes(2, "big") for length in lengths}
    return b"".join([part for entry in entries for part in (prefixes[len(entry)], entry)])


def unpack(bundle: bytes, width: int, *, where: str) -> list[bytes]:
    """The `width` entries of a bundle. Raises Unverified, naming `where`, when it is torn or holds another number."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle):
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        if start > len(bundle) or at > len(bundle):
            raise Unverified(f"{where} breaks off inside entry {len(entries)}.", code="tiles.torn")
        entries.append(bundle[start:at])
    if len(entries) != width:
        raise Unverified(f"{where} holds {len(entries)} entries rather than {width}.", code="tiles.torn")
    return entries


def too_long(length: int) -> Invalid:
    """The refusal of an entry that no bundle can hold."""
    return Invalid(
        f"An entry of {length:,} bytes can't be logged; an entry has at most {ENTRY_LIMIT:,}.",
        code="ledger.entry-too-long",
        hint="Log a digest, and keep the content in the body.",
    )


def from_folder(folder: Path) -> Fetch:
    """Reads the files of a log under `folder`; no path leads out of it. Raises NotFound where there is none."""

    def fetch(path: str) -> bytes:
        parse_path(path)
        try:
            return (folder / path).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"{folder / path} is missing.", code="tiles.missing") from error
        except OSError as error:
            raise unreadable(folder / path, error) from error

    return fetch


def unreadable(path: Path, error: OSError) -> Unavailable:
    """The refusal of a disk to read a file that is there."""
    return Unavailable(f"{path} can't be read: {error.strerror}.", code="ledger.unreadable")


class TileReader:
    """The tree of `size` leaves, as its tiles give it: `nodes` feeds every proof of `kept.core.merkle`.

    `tiles(level, index, width)` gives the concatenated hashes of a tile. Full tiles may be handed on to a later
    reader in `cache`. A wrong hash is not seen here: it makes a proof that leads to another root.
    """

    def __init__(self, tiles: Tiles, size: int, *, cache: dict[tuple[int, int], Rows] | None = None) -> None:
        self.size = size
        self._tiles = tiles
        self._partial: dict[tuple[int, int], Rows] = {}
        self._full: dict[tuple[int, int], Rows] = {} if cache is None else cache

    def nodes(self, level: int, index: int) -> bytes:
        """The root of the complete subtree of 2**level leaves that starts at leaf index * 2**level."""
        tier, within = divmod(level, HEIGHT)
        tile, offset = divmod(index << within, WIDTH)
        start = (offset >> within) * merkle.HASH_BYTES
        return self._rows(tier, tile)[within][start : start + merkle.HASH_BYTES]

    def _rows(self, level: int, index: int) -> Rows:
        found = self._full.get((level, index)) or self._partial.get((level, index))
        if found is None:
            width = min(WIDTH, (self.size >> (HEIGHT * level)) - index * WIDTH)
            found = _rows_above(self._tiles(level, index, width))
            kept = self._full if width == WIDTH else self._partial
            if len(kept) >= CACHED_TILES:
                kept.pop(next(iter(kept)), None)
            kept[level, index] = found
        return found


def _rows_above(hashes: bytes) -> Rows:
    """The hashes of a tile and every complete row of parents above them, up to its height."""
    rows = [hashes]
    for _ in range(HEIGHT - 1):
        complete = len(hashes) // (2 * merkle.HASH_BYTES) * 2 * merkle.HASH_BYTES
        hashes = merkle.parents(hashes[:complete])
        rows.append(hashes)
    return tuple(rows)


def fetched(fetch: Fetch) -> Tiles:
    """The tiles that `fetch` reaches by their paths."""
    return lambda level, index, width: fetch_hashes(fetch, level, index, width)


def fetch_hashes(fetch: Fetch, level: int, index: int, width: int) -> bytes:
    """The first `width` hashes of a tile, from its partial tile or, where that is gone, from the full one.

    Raises Unverified when the tile is torn, and NotFound where there is neither.
    """
    path = tile_path(level, index, width)
    try:
        tile = fetch(path)
    except NotFound:
        if width == WIDTH:
            raise
        path = tile_path(level, index)
        tile = fetch(path)
        check_width(tile, WIDTH, where=path)
        return tile[: width * merkle.HASH_BYTES]
    check_width(tile, width, where=path)
    return tile


def fetch_entries(fetch: Fetch, index: int, width: int) -> list[bytes]:
    """The first `width` entries of a bundle, from its partial bundle or, where that is gone, from the full one.

    Raises Unverified when the bundle is torn, and NotFound where there is neither.
    """
    path = tile_path("entries", index, width)
    try:
        return unpack(fetch(path), width, where=path)
    except NotFound:
        if width == WIDTH:
            raise
        path = tile_path("entries", index)
        return unpack(fetch(path), WIDTH, where=path)[:width]


def check_width(tile: bytes, width: int, *, where: str) -> None:
    """Raises Unverified, naming `where`, unless the tile has `width` hashes."""
    if len(tile) != width * merkle.HASH_BYTES:
        raise Unverified(f"{where} has {len(tile)} bytes; {width * merkle.HASH_BYTES} belong there.", code="tiles.torn")


@contextmanager
def writing(path: Path | str) -> Iterator[None]:
    """Turns what a disk refuses while `path` is written (it is full, or may not be written) into Unavailable."""
    try:
        yield
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path | str, error: OSError) -> Unavailable:
    return Unavailable(
        f"{path} can't be written: {error.strerror}.",
        code="ledger.unwritable",
        hint="Nothing that was recorded is lost. Free some space, or let it be written, and publish again.",
    )


class TileWriter:
    """Appends entries to the tiles under a folder, a full tile at a time, and never touches a full tile again.

    Every file appears whole under its name (written beside it, then renamed). A full tile replaces the partial ones
    before it. `written` lists the files of this writer, for whoever must sync them.
    """

    def __init__(self, folder: Path, *, size: int = 0) -> None:
        """Continue a log of `size` entries. Raises Unverified or NotFound when its right edge is torn or missing."""
        self.size = size
        self.written: list[str] = []
        self._folder = str(folder)
        self._folders: set[str] = set()
        self._partial: set[str] = set()
        self._rows: list[bytearray] = [bytearray()]
        self._entries: list[bytes] = []
        if size:
            self._resume(from_folder(folder))

    def _resume(self, fetch: Fetch) -> None:
        self._rows = []
        for level, width in _edge(self.size):
            path = tile_path(level, self.size >> (HEIGHT * (level + 1)), width)
            tile = fetch(path) if width else b""
            check_width(tile, width, where=path)
            self._rows.append(bytearray(tile))
            self._partial.add(path.partition(".")[0])
        if width := self.size % WIDTH:
            path = tile_path("entries", self.size // WIDTH, width)
            self._entries = unpack(fetch(path), width, where=path)
            if b"".join(map(merkle.leaf_hash, self._entries)) != self._rows[0]:
                raise Unverified(f"{path} holds other entries than its tile has hashes for.", code="tiles.mismatch")
            self._partial.add(path.partition(".")[0])

    def append(self, entries: Iterable[bytes]) -> None:
        """Add entries; what fills a tile is written, the rest waits for `flush`. Raises Invalid beyond 65,535 bytes."""
        source = iter(entries)
        pending = self._entries
        while True:
            pending += islice(source, WIDTH - len(pending))
            if len(pending) < WIDTH:
                return
            self._complete(pending)
            pending.clear()

    def _complete(self, entries: list[bytes]) -> None:
        bundle = pack(entries)
        done = len(self._rows[0]) // merkle.HASH_BYTES
        self._rows[0] += b"".join([sha256(b"\x00" + entry).digest() for entry in entries[done:]])
        self._write(tile_path("entries", self.size // WIDTH), bundle)
        self.size += WIDTH - self.size % WIDTH
        for level in range(len(self._rows)):
            row = self._rows[level]
            if len(row) < FULL:
                break
            tile = bytes(row)
            self._write(tile_path(level, (self.size >> (HEIGHT * (level + 1))) - 1), tile)
            row.clear()
            if level + 1 == len(self._rows):
                self._rows.append(bytearray())
            self._rows[level + 1] += merkle.perfect_root(tile)

    def flush(self) -> None:
        """Write the partial tiles of the right edge, so that the files hold every entry so far."""
        done = len(self._rows[0]) // merkle.HASH_BYTES
        bundle = pack(self._entries)
        self._rows[0] += b"".join([merkle.leaf_hash(entry) for entry in self._entries[done:]])
        self.size += len(self._entries) - self.size % WIDTH
        for level, row in enumerate(self._rows):
            if row:
                index = self.size >> (HEIGHT * (level + 1))
                self._write(tile_path(level, index, len(row) // merkle.HASH_BYTES), bytes(row))
        if self._entries:
            self._write(tile_path("entries", self.size // WIDTH, len(self._entries)), bundle)

    def root(self) -> bytes:
        """The root over every entry flushed so far, from the right edge alone."""
        folded = b""
        for row in self._rows:
            if row:
                folded = _fold(bytes(row), folded)
        return folded or merkle.EMPTY_ROOT

    def _write(self, path: str, content: bytes) -> None:
        full = f"{self._folder}/{path}"
        parent = full.rpartition("/")[0]
        if parent not in self._folders:
            with writing(parent):
                os.makedirs(parent, exist_ok=True)
            self._folders.add(parent)
        beside = f"{full}.{os.getpid()}.new"
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            try:
                view = memoryview(content)
                while view:
                    view = view[os.write(descriptor, view) :]
            finally:
                os.close(descriptor)
            os.replace(beside, full)
        except OSError as error:
            Path(beside).unlink(missing_ok=True)
            raise _unwritable(full, error) from error
        self.written.append(path)
        if ".p/" in path:
            self._partial.add(path.partition(".")[0])
        elif path in self._partial:
            self._partial.remove(path)
            shutil.rmtree(full + ".p", ignore_errors=True)


def check(fetch: Fetch, *, size: int, root: bytes) -> Iterator[tuple[int, bytes]]:
    """Every (index, entry) of a log, recomputing every tile on the way; the last step compares the root.

    What was yielded is verified only once the iterator is exhausted. Raises Unverified, naming the file at fault.
    """
    rows: list[bytearray] = [bytearray() for _ in _edge(size)] or [bytearray()]
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
            folded = _fold(bytes(row), folded)
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


def _edge(size: int) -> Iterator[tuple[int, int]]:
    """Each level of a log of `size` entries and the width of its partial tile, which may be 0."""
    level = 0
    while size:
        yield level, size % WIDTH
        size >>= HEIGHT
        level += 1


def _fold(row: bytes, folded: bytes) -> bytes:
    """The root over a level's partial tile with, to its right, what is folded from the levels below."""
    count = len(row) // merkle.HASH_BYTES
    while count:
        peak = count & -count
        count -= peak
        tail = merkle.perfect_root(row[count * merkle.HASH_BYTES : (count + peak) * merkle.HASH_BYTES])
        folded = merkle.node_hash(tail, folded) if folded else tail
    return folded
