"""Where a log's tiles and entry bundles stand, and how they are laid out."""

import re
from collections.abc import Iterator, Sequence

from kept.core import merkle
from kept.errors import Invalid, Unverified

HEIGHT = 8
WIDTH = 256
FULL = WIDTH * merkle.HASH_BYTES
ENTRY_LIMIT = 65_535

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


def check_width(tile: bytes, width: int, *, where: str) -> None:
    """Raises Unverified, naming `where`, unless the tile has `width` hashes."""
    if len(tile) != width * merkle.HASH_BYTES:
        raise Unverified(f"{where} has {len(tile)} bytes; {width * merkle.HASH_BYTES} belong there.", code="tiles.torn")


def edge(size: int) -> Iterator[tuple[int, int]]:
    """Each level of a log of `size` entries and the width of its partial tile, which may be 0."""
    level = 0
    while size:
        yield level, size % WIDTH
        size >>= HEIGHT
        level += 1


def fold(row: bytes, folded: bytes) -> bytes:
    """The root over a level's partial tile with, to its right, what is folded from the levels below."""
    count = len(row) // merkle.HASH_BYTES
    while count:
        peak = count & -count
        count -= peak
        tail = merkle.perfect_root(row[count * merkle.HASH_BYTES : (count + peak) * merkle.HASH_BYTES])
        folded = merkle.node_hash(tail, folded) if folded else tail
    return folded
