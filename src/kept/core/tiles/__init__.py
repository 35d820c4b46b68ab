"""C2SP tlog-tiles v0.1.0: a log as static files of 256 hashes, read, written and checked.

A `Fetch` gives the bytes at a path such as "tile/0/x001/234.p/7", from a folder, a database or a network.
"""

from kept.core.tiles.checking import check
from kept.core.tiles.layout import ENTRY_LIMIT, HEIGHT, WIDTH, pack, parse_path, tile_path, too_long, unpack
from kept.core.tiles.reading import Fetch, Rows, TileReader, Tiles, fetched, from_folder, unreadable
from kept.core.tiles.writing import TileWriter

__all__ = [
    "ENTRY_LIMIT",
    "HEIGHT",
    "WIDTH",
    "Fetch",
    "Rows",
    "TileReader",
    "TileWriter",
    "Tiles",
    "check",
    "fetched",
    "from_folder",
    "pack",
    "parse_path",
    "tile_path",
    "too_long",
    "unpack",
    "unreadable",
]
