"""Reading tiles: from a folder, a database or a network, through one function."""

from collections.abc import Callable
from pathlib import Path

from kept.core import merkle
from kept.core.tiles.layout import HEIGHT, WIDTH, check_width, parse_path, tile_path, unpack
from kept.errors import NotFound, Unavailable

CACHED_TILES = 512

Fetch = Callable[[str], bytes]
Tiles = Callable[[int, int, int], bytes]
Rows = tuple[bytes, ...]


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
