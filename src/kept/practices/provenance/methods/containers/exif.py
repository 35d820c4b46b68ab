"""EXIF (CIPA DC-008) and the directories that it shares with TIFF 6.0: found, turned upright, copied and no more."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

ORIENTATION = 0x0112
EXIF, GPS = 0x8769, 0x8825
_FOLDERS = (EXIF, GPS)
# Description, make, model, resolution and its unit, software, date, artist, copyright.
_CARRIED = (270, 271, 272, 282, 283, 296, 305, 306, 315, 33432, EXIF, GPS)
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_MOST_ENTRIES = 512
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a directory: its type, how many, and the bytes of its values; `folder` where it points to one."""

    type: int
    count: int
    value: bytes
    folder: Mapping[int, "Entry"] | None = None


Folder = Mapping[int, Entry]


def order_of(data: bytes) -> str | None:
    """The byte order that a TIFF or EXIF block declares, as struct writes it, or None where it is neither."""
    return {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])


def orientation(block: bytes) -> int:
    """How the picture has to be turned, 1 to 8; 1 where the block doesn't say or can't be read."""
    at = _orientation_at(block)
    value = struct.unpack_from(f"{order_of(block)}H", block, at)[0] if at is not None else 1
    return value if 1 <= value <= 8 else 1


def upright(block: bytes) -> bytes:
    """The same block for a picture that no longer has to be turned."""
    at = _orientation_at(block)
    if at is None:
        return block
    return block[:at] + struct.pack(f"{order_of(block)}H", 1) + block[at + 2 :]


def _orientation_at(block: bytes) -> int | None:
    order = order_of(block)
    return place(block, order, ORIENTATION) if order else None


def place(block: bytes, order: str, tag: int) -> int | None:
    """Where the number of 16 bits stands that is the value of this field of the first directory; None without one."""
    if len(block) < 10:
        return None
    (start,) = struct.unpack_from(f"{order}I", block, 4)
    if start + 2 > len(block):
        return None
    (count,) = struct.unpack_from(f"{order}H", block, start)
    for at in range(start + 2, min(start + 2 + 12 * min(count, _MOST_ENTRIES), len(block) - 11), 12):
        if struct.unpack_from(f"{order}HHI", block, at) == (tag, 3, 1):
            return at + 8
    return None


def folder(data: bytes, order: str, at: int, *, large: bool = False, deep: int = 1) -> Folder:
    """The fields of the directory at `at`, those that it holds whole; folders in it are followed `deep` times.

    `large` is for BigTIFF (offsets of 8 bytes). What doesn't fit in the data is left out, so this never raises.
    """
    counting, entry, offset, inline = ("Q", "HHQ", "Q", 8) if large else ("H", "HHI", "I", 4)
    counted, each = struct.calcsize(order + counting), struct.calcsize(order + entry) + inline
    found: dict[int, Entry] = {}
    if not 0 < at <= len(data) - counted:
        return found
    (count,) = struct.unpack_from(order + counting, data, at)
    for place in range(min(count, _MOST_ENTRIES)):
        start = at + counted + place * each
        if start + each > len(data):
            break
        tag, kind, number = struct.unpack_from(order + entry, data, start)
        length = _SIZES.get(kind, 0) * number
        where = start + each - inline
        if length > inline:
            (where,) = struct.unpack_from(order + offset, data, where)
        if not 0 < length <= len(data) - where:
            continue
        value = data[where : where + length]
        inner = None
        if tag in _FOLDERS and deep and number == 1:
            inner = folder(data, order, _first(order, kind, value), large=large, deep=deep - 1)
        found[tag] = Entry(kind, number, value, inner)
    return found


def numbers(fields: Folder, tag: int, order: str, otherwise: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The whole numbers of a field, or `otherwise` where there is none or it holds something else."""
    one = fields.get(tag)
    letter = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}.get(one.type) if one else None
    if one is None or letter is None or one.count > _MOST_BYTES:
        return otherwise
    return struct.unpack(f"{order}{one.count}{letter}", one.value)


def _first(order: str, kind: int, value: bytes) -> int:
    return int(numbers({0: Entry(kind, 1, value)}, 0, order, (0,))[0])


def carried(fields: Folder, order: str) -> bytes | None:
    """The fields of a TIFF that EXIF has too, as a block of their own; None where there are none."""
    chosen = {tag: fields[tag] for tag in _CARRIED if tag in fields}
    if not chosen or sum(_weight(one) for one in chosen.values()) > _MOST_BYTES:
        return None
    return (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8) + written(chosen, order, 8)


def to_carry(block: bytes) -> Folder | None:
    """The fields of an EXIF block that a TIFF has a place for, their bytes little-endian; None for one not readable."""
    order = order_of(block)
    if order is None or len(block) < 8:
        return None
    fields = folder(block, order, struct.unpack_from(f"{order}I", block, 4)[0])
    return {tag: fields[tag] if order == "<" else _swapped(fields[tag]) for tag in _CARRIED if tag in fields}


def written(fields: Folder, order: str, at: int, following: int = 0) -> bytes:
    """A directory that stands at offset `at`, with its values and folders behind it."""
    named = sorted(fields.items())
    head = struct.pack(f"{order}H", len(named))
    behind = b""
    start = at + 2 + 12 * len(named) + 4
    for tag, one in named:
        kind, number, value = one.type, one.count, one.value
        if one.folder is not None:
            kind, number = 4, 1
            value = struct.pack(f"{order}I", start + len(behind))
            behind += written(one.folder, order, start + len(behind))
        elif len(value) > 4:
            value = struct.pack(f"{order}I", start + len(behind))
            behind += one.value + b"\0" * (len(one.value) % 2)
        head += struct.pack(f"{order}HHI", tag, kind, number) + value.ljust(4, b"\0")
    return head + struct.pack(f"{order}I", following) + behind


def _weight(one: Entry) -> int:
    return len(one.value) + sum(_weight(inner) for inner in (one.folder or {}).values())


def _swapped(one: Entry) -> Entry:
    unit = {5: 4, 10: 4}.get(one.type, _SIZES[one.type])
    value = b"".join(one.value[at : at + unit][::-1] for at in range(0, len(one.value), unit))
    inner = None if one.folder is None else {tag: _swapped(each) for tag, each in one.folder.items()}
    return Entry(one.type, one.count, value, inner)
