"""AVIF (AOMedia, v1.1.0) in the item format of HEIF (ISO/IEC 23008-12): the frame, its turn, and what goes along."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from kept.practices.provenance.methods.containers.header import (
    MOST_PROFILE,
    Attached,
    Header,
    animated,
    broken,
    unpack,
    unsupported,
)

_MOST_BOXES = 1024
_ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")
# EXIF's number for the quarter turns anticlockwise (irot) and the flip behind them, 0 up-down, 1 left-right (imir).
_TURNED: dict[tuple[int, int | None], int] = {(0, None): 1, (1, None): 8, (2, None): 3, (3, None): 6}
_TURNED |= {(0, 0): 4, (1, 0): 5, (2, 0): 2, (3, 0): 7, (0, 1): 2, (1, 1): 7, (2, 1): 4, (3, 1): 5}


@dataclass(slots=True)
class _Items:
    """What the meta box says of its items."""

    primary: int = 0
    kinds: dict[int, bytes] = field(default_factory=dict)
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    of: dict[int, list[int]] = field(default_factory=dict)
    places: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    helpers: dict[int, list[int]] = field(default_factory=dict)

    def having(self, item: int) -> dict[bytes, bytes]:
        """The properties of an item by name; a colour profile and its numbers count as two."""
        found: dict[bytes, bytes] = {}
        for place in self.of.get(item, []):
            if 0 < place <= len(self.properties):
                name, body = self.properties[place - 1]
                found[name + body[:4] if name == b"colr" else name] = body
        return found


def header(data: bytes) -> Header:
    """What the picture is. Raises Invalid where it ends too early, moves, or is not grey or colour of 8 to 12 bits."""
    length = int.from_bytes(data[:4], "big")
    if b"avis" in (data[8:12], *(data[at : at + 4] for at in range(16, min(length, 1024) - 3, 4))):
        raise animated("AVIF")
    items = _items(data)
    for extents in items.places.values():
        if any(start + size > len(data) for start, size in extents):
            raise broken("AVIF", "is cut off")
    own = items.having(items.primary)
    if b"ispe" not in own:
        raise broken("AVIF", "doesn't say how large it is")
    width, height = unpack(">II", own[b"ispe"], 4, "AVIF")
    # Whatever else is in the file is decoded with it, so the largest counts.
    for name, body in items.properties:
        if name == b"ispe":
            wide, high = unpack(">II", body, 4, "AVIF")
            if wide * high > width * height:
                raise broken("AVIF", "has parts larger than itself")
    coded = next((body for name, body in items.properties if name == b"av1C"), b"")
    flags = unpack(">B", coded, 2, "AVIF")[0]
    depth = 12 if flags & 0x20 else 10 if flags & 0x40 else 8
    clear = any(
        items.having(each).get(b"auxC", b"")[4:].startswith(_ALPHA) for each in items.helpers.get(items.primary, [])
    )
    return Header(
        width,
        height,
        4 if clear else 1 if flags & 0x10 else 3,
        depth,
        orientation=_orientation(own),
        halved=bool(flags & 0x0C),
        attached=_attached(data, items, own),
    )


def _orientation(own: dict[bytes, bytes]) -> int:
    turn = own.get(b"irot", b"\0")[0] & 3
    mirror = own[b"imir"][0] & 1 if own.get(b"imir") else None
    return _TURNED[turn, mirror]


def _attached(data: bytes, items: _Items, own: dict[bytes, bytes]) -> Attached:
    exif = None
    for item, kind in items.kinds.items():
        extents = items.places.get(item, [])
        if kind == b"Exif" and sum(size for _, size in extents) <= MOST_PROFILE:
            block = b"".join(data[start : start + size] for start, size in extents)
            exif = block[4 + int.from_bytes(block[:4], "big") :] or None
    icc = own.get(b"colrprof") or own.get(b"colrrICC")
    numbers = own.get(b"colrnclx")
    colour = unpack(">HH", numbers, 4, "AVIF") if numbers else None
    return Attached(icc=icc[4:] if icc else None, exif=exif, colour=(colour[0], colour[1]) if colour else None)


def _items(data: bytes) -> _Items:
    items = _Items()
    for name, body in _boxes(data, 0, len(data)):
        if name == b"meta":
            inner = data[body.start : body.stop]
            for part, where in _boxes(inner, 4, len(inner)):
                _part(items, part, inner[where.start : where.stop])
            return items
    raise broken("AVIF", "holds no picture")


def _part(items: _Items, name: bytes, body: bytes) -> None:
    if name == b"pitm":
        items.primary = unpack(">I" if body[0] else ">H", body, 4, "AVIF")[0]
    elif name == b"iinf":
        for kind, where in _boxes(body, 8 if body[0] else 6, len(body)):
            entry = body[where.start : where.stop]
            if kind == b"infe" and len(entry) > 4 and entry[0] >= 2:
                wide = entry[0] == 3
                item = unpack(">I" if wide else ">H", entry, 4, "AVIF")[0]
                items.kinds[item] = entry[10 if wide else 8 :][:4]
                if unpack(">H", entry, 8 if wide else 6, "AVIF")[0]:
                    raise unsupported("AVIF", "is encrypted", "Send it as it was before.")
    elif name == b"iref":
        _references(items, body)
    elif name == b"iloc":
        _places(items, body)
    elif name == b"iprp":
        for part, where in _boxes(body, 0, len(body)):
            inner = body[where.start : where.stop]
            if part == b"ipco":
                items.properties = [(kind, inner[at.start : at.stop]) for kind, at in _boxes(inner, 0, len(inner))]
            elif part == b"ipma":
                _associations(items, inner)


def _references(items: _Items, body: bytes) -> None:
    layout, each = (">I", 4) if body[0] else (">H", 2)
    for kind, where in _boxes(body, 4, len(body)):
        entry = body[where.start : where.stop]
        if kind == b"auxl":
            for place in range(min(unpack(">H", entry, each, "AVIF")[0], _MOST_BOXES)):
                target = unpack(layout, entry, each + 2 + place * each, "AVIF")[0]
                items.helpers.setdefault(target, []).append(unpack(layout, entry, 0, "AVIF")[0])


def _associations(items: _Items, body: bytes) -> None:
    version, wide = body[0], body[3] & 1
    at = 8
    for _ in range(min(unpack(">I", body, 4, "AVIF")[0], _MOST_BOXES)):
        item = unpack(">I" if version else ">H", body, at, "AVIF")[0]
        at += 4 if version else 2
        count = unpack(">B", body, at, "AVIF")[0]
        layout, each, mask = (">H", 2, 0x7FFF) if wide else (">B", 1, 0x7F)
        items.of[item] = [unpack(layout, body, at + 1 + place * each, "AVIF")[0] & mask for place in range(count)]
        at += 1 + count * each


def _places(items: _Items, body: bytes) -> None:
    """Where the bytes of each item stand in the file; items kept within the meta box are left out."""
    version = body[0]
    sizes = unpack(">H", body, 4, "AVIF")[0]
    offset, length, base, index = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, (sizes & 15 if version else 0)
    wide = 4 if version == 2 else 2
    at = 6 + wide
    for _ in range(min(_number(body, 6, wide), _MOST_BOXES)):
        item = _number(body, at, wide)
        at += wide
        method = _number(body, at, 2) & 15 if version else 0
        at += 4 if version else 2
        start = _number(body, at, base)
        count = _number(body, at + base, 2)
        at += base + 2
        extents = []
        for _ in range(min(count, _MOST_BOXES)):
            extents.append((start + _number(body, at + index, offset), _number(body, at + index + offset, length)))
            at += index + offset + length
        if method == 0:
            items.places[item] = extents


def _number(body: bytes, at: int, size: int) -> int:
    if at + size > len(body):
        raise broken("AVIF", "ends too early")
    return int.from_bytes(body[at : at + size], "big")


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, slice]]:
    """The name of every box between two offsets, and where its body is."""
    for _ in range(_MOST_BOXES):
        if at >= end:
            return
        size, head = _number(data, at, 4), 8
        if size == 1:
            size, head = _number(data, at + 8, 8), 16
        stop = at + size if size else end
        if (size and size < head) or stop > end:
            raise broken("AVIF", "is cut off or damaged")
        yield data[at + 4 : at + 8], slice(at + head, stop)
        at = stop
    raise broken("AVIF", f"has more than {_MOST_BOXES:,} boxes")


def meta_first(data: bytes) -> bytes:
    """The same picture with its meta box right behind its type, where a decoder that looks at 500 bytes finds it.

    Content credentials stand between the two. What is moved keeps its length, so that no offset changes.
    """
    before = at = 0
    for name, body in _boxes(data, 0, len(data)):
        if name == b"mdat":
            return data
        if name == b"meta":
            return data[:before] + data[at : body.stop] + data[before:at] + data[body.stop :]
        at = body.stop
        before = before or at
    return data


def attach(data: bytes, attached: Attached) -> tuple[bytes, tuple[str, ...]]:
    """The picture with its colour numbers set; profile and EXIF are written by the encoder."""
    notes = ("XMP was dropped, as the encoder doesn't write it into AVIF",) if attached.xmp is not None else ()
    at = data[: 1 << 16].find(b"colrnclx")
    if at < 0 or attached.colour is None:
        return data, notes
    numbers = b"".join(number.to_bytes(2, "big") for number in attached.colour)
    return data[: at + 8] + numbers + data[at + 12 :], notes
