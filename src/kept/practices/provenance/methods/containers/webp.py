"""WebP (RFC 9649): the frame, and the chunks of the extended format."""

from collections.abc import Iterator

from kept.practices.provenance.methods.containers import exif as exifs
from kept.practices.provenance.methods.containers.header import Attached, Header, animated, broken, unpack

_MOST_CHUNKS = 256
_EXIF = b"Exif\0\0"
_ALPHA, _ICC, _HAS_EXIF, _XMP, _ANIMATED = 0x10, 0x20, 0x08, 0x04, 0x02


def header(data: bytes) -> Header:
    """What the picture is. Raises Invalid where it ends too early or is animated."""
    carried: dict[bytes, bytes] = {}
    size: tuple[int, int] | None = None
    canvas: tuple[int, int] | None = None
    flags, lossless, notes = 0, False, []
    for name, body in _chunks(data):
        if name == b"VP8X":
            flags, canvas = unpack("<B", body, 0, "WebP")[0], (_three(body, 4) + 1, _three(body, 7) + 1)
            if flags & _ANIMATED:
                raise animated("WebP")
        elif name in (b"ANIM", b"ANMF"):
            raise animated("WebP")
        elif name in (b"VP8 ", b"VP8L") and size is None:
            lossless = name == b"VP8L"
            size, clear = _lossless(body) if lossless else (_lossy(body), False)
            flags |= _ALPHA if clear else 0
        elif name in (b"ICCP", b"EXIF", b"XMP "):
            carried.setdefault(name, body)
    if size is None or canvas not in (None, size):
        raise broken("WebP", "holds no picture, or one that doesn't fit its canvas")
    exif = carried.get(b"EXIF")
    if exif is not None and exif.startswith(_EXIF):
        exif = exif[len(_EXIF) :]
    end = 8 + int.from_bytes(data[4:8], "little")
    if len(data) > end + 1:
        notes.append(f"{len(data) - end:,} bytes behind the end of the picture were dropped")
    return Header(
        *size,
        4 if flags & _ALPHA else 3,
        8,
        orientation=exifs.orientation(exif or b""),
        halved=not lossless,
        lossless=lossless,
        attached=Attached(icc=carried.get(b"ICCP"), exif=exif, xmp=carried.get(b"XMP ")),
        notes=tuple(notes),
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise broken("WebP", "is cut off")
    at = 12
    for _ in range(_MOST_CHUNKS):
        if at + 8 > end:
            return
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > end:
            raise broken("WebP", "is cut off or damaged")
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    raise broken("WebP", f"has more than {_MOST_CHUNKS} chunks")


def _three(data: bytes, at: int) -> int:
    low, high = unpack("<HB", data, at, "WebP")
    return low | high << 16


def _lossy(body: bytes) -> tuple[int, int]:
    """Width and height of a VP8 key frame (RFC 6386, section 9.1)."""
    (tag,) = unpack("<B", body, 0, "WebP")
    if tag & 1 or _three(body, 3) != 0x2A019D:
        raise broken("WebP", "is damaged: its frame can't be shown by itself")
    width, height = unpack("<HH", body, 6, "WebP")
    return width & 0x3FFF, height & 0x3FFF


def _lossless(body: bytes) -> tuple[tuple[int, int], bool]:
    signature, bits = unpack("<BI", body, 0, "WebP")
    if signature != 0x2F:
        raise broken("WebP", "is damaged")
    return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1), bool(bits >> 28 & 1)


def attach(data: bytes, attached: Attached) -> tuple[bytes, tuple[str, ...]]:
    """The picture in the extended format, its profile before and its other metadata behind the pixels."""
    if attached.icc is None and attached.exif is None and attached.xmp is None:
        return data, ()
    read = header(data)
    flags = _ALPHA if read.channels == 4 else 0
    body = b"".join(_chunk(name, each) for name, each in _chunks(data) if name in (b"VP8 ", b"VP8L", b"ALPH"))
    if attached.icc is not None:
        flags |= _ICC
        body = _chunk(b"ICCP", attached.icc) + body
    if attached.exif is not None:
        flags |= _HAS_EXIF
        body += _chunk(b"EXIF", attached.exif)
    if attached.xmp is not None:
        flags |= _XMP
        body += _chunk(b"XMP ", attached.xmp)
    canvas = (read.width - 1).to_bytes(3, "little") + (read.height - 1).to_bytes(3, "little")
    whole = b"WEBP" + _chunk(b"VP8X", bytes((flags, 0, 0, 0)) + canvas) + body
    return b"RIFF" + len(whole).to_bytes(4, "little") + whole, ()


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)
