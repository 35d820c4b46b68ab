"""PNG (ISO/IEC 15948, third edition): every chunk's checksum, the frame, and what its chunks carry."""

import zlib
from collections.abc import Iterator

from kept.practices.provenance.methods.containers import exif as exifs
from kept.practices.provenance.methods.containers.header import (
    MOST_PROFILE,
    Attached,
    Header,
    animated,
    broken,
    inflate,
    unpack,
)

_SIGNATURE = 8
_MOST_CHUNKS = 1 << 20
_XMP = b"XML:com.adobe.xmp\0"
_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 4, 6: 4}
_COLOUR = (b"cICP", b"sRGB", b"gAMA", b"cHRM", b"mDCV", b"cLLI", b"pHYs")


def header(data: bytes) -> Header:
    """What the picture is. Raises Invalid where a checksum fails, it ends too early or is animated."""
    size = (0, 0)
    depth = colour = 0
    pixels = clear = False
    carried: dict[bytes, bytes] = {}
    chunks = b""
    notes: list[str] = []
    for name, body, at in _chunks(data):
        if name == b"IHDR":
            width, height, depth, colour = unpack(">IIBB", body, 0, "PNG")
            size = width, height
        elif name == b"acTL":
            raise animated("PNG")
        elif name == b"IDAT":
            pixels = True
        elif name == b"tRNS":
            clear = True
        elif name in (b"eXIf", b"iCCP") or (name == b"iTXt" and body.startswith(_XMP)):
            carried.setdefault(name, body)
        elif name in _COLOUR and not pixels and len(body) <= 64:
            chunks += _chunk(name, body)
        elif name == b"IEND" and len(data) > at:
            notes.append(f"{len(data) - at:,} bytes behind the end of the picture were dropped")
    if not pixels or colour not in _CHANNELS or depth not in (1, 2, 4, 8, 16):
        raise broken("PNG", "holds no picture that can be read")
    attached, lost = _attached(carried, chunks)
    return Header(
        *size,
        4 if clear else _CHANNELS[colour],
        depth,
        orientation=exifs.orientation(attached.exif or b""),
        lossless=True,
        attached=attached,
        notes=(*notes, *lost),
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Every chunk's name and body, and where the next one starts; the pixels' bodies are checked and left out."""
    at = _SIGNATURE
    for place in range(_MOST_CHUNKS):
        (length,) = unpack(">I", data, at, "PNG")
        end = at + 8 + length
        (checksum,) = unpack(">I", data, end, "PNG")
        name = data[at + 4 : at + 8]
        if zlib.crc32(memoryview(data)[at + 4 : end]) != checksum:
            raise broken("PNG", f"is damaged: the checksum of a chunk at byte {at:,} fails")
        if (name == b"IHDR") != (place == 0):
            raise broken("PNG", "doesn't start with its header, or has several")
        yield name, b"" if name == b"IDAT" else data[at + 8 : end], end + 4
        if name == b"IEND":
            return
        at = end + 4
    raise broken("PNG", f"has more than {_MOST_CHUNKS:,} chunks")


def _attached(carried: dict[bytes, bytes], chunks: bytes) -> tuple[Attached, tuple[str, ...]]:
    notes = []
    icc = None
    if (profile := carried.get(b"iCCP")) is not None:
        icc = inflate(profile[profile.find(b"\0") + 2 :])
        if icc is None:
            notes.append("the colour profile could not be unpacked and was dropped")
    xmp = None
    if (text := carried.get(b"iTXt")) is not None:
        xmp = _text(text[len(_XMP) :])
        if xmp is None:
            notes.append("XMP could not be unpacked and was dropped")
    return Attached(icc=icc, exif=carried.get(b"eXIf"), xmp=xmp, chunks=chunks), tuple(notes)


def _text(body: bytes) -> bytes | None:
    """The text of an international text chunk behind its keyword: compression, language, translated keyword, text."""
    parts = body[2:].split(b"\0", 2)
    if len(parts) != 3:
        return None
    return inflate(parts[2]) if body[0] else parts[2][:MOST_PROFILE]


def attach(data: bytes, attached: Attached) -> tuple[bytes, tuple[str, ...]]:
    """The picture with its chunks behind the header; whatever the encoder says of colour gives way to them."""
    at = _SIGNATURE + 25
    added = attached.chunks
    if attached.icc is not None:
        added += _chunk(b"iCCP", b"ICC\0\0" + zlib.compress(attached.icc))
    elif attached.colour is not None and b"cICP" not in added:
        added += _chunk(b"cICP", bytes((*attached.colour, 0, 1)))
    if attached.exif is not None:
        added += _chunk(b"eXIf", attached.exif)
    if attached.xmp is not None:
        added += _chunk(b"iTXt", _XMP + b"\0\0\0\0" + attached.xmp)
    return data[:at] + added + data[at:], ()


def _chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
