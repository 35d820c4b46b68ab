"""Writing tiles, each file whole or not at all."""

import os
import shutil
from collections.abc import Iterable
from hashlib import sha256
from itertools import islice
from pathlib import Path

from kept.core import merkle
from kept.core.durable import unwritable, writable
from kept.core.tiles.layout import FULL, HEIGHT, WIDTH, check_width, edge, fold, pack, tile_path, unpack
from kept.core.tiles.reading import Fetch, from_folder
from kept.errors import Unverified


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
        for level, width in edge(self.size):
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
                folded = fold(bytes(row), folded)
        return folded or merkle.EMPTY_ROOT

    def _write(self, path: str, content: bytes) -> None:
        full = f"{self._folder}/{path}"
        parent = full.rpartition("/")[0]
        if parent not in self._folders:
            with writable(parent):
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
            raise unwritable(full, error) from error
        self.written.append(path)
        if ".p/" in path:
            self._partial.add(path.partition(".")[0])
        elif path in self._partial:
            self._partial.remove(path)
            shutil.rmtree(full + ".p", ignore_errors=True)
