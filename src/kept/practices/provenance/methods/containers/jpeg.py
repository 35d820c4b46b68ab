"""JPEG (ITU-T T.81): frame, quality and what its application segments carry."""

import re
from collections.abc import Iterator

from kept.practices.provenance.methods.containers import exif as exifs
from kept.practices.provenance.methods.containers.header import Attached, Header, broken, unpack, unsupported

_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_ICC = b"ICC_PROFILE\0"
_SEGMENT = 65533
_MOST_SCANS = 100
_MOST_SEGMENTS = 4096
_BEHIND_A_SCAN = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_FRAMES = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}
_OTHER_FRAMES = {0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF}
_QUANTISED, _SCAN, _END, _APP1, _APP2 = 0xDB, 0xDA, 0xD9, 0xE1, 0xE2
# Table K.1 in zigzag order, which quality 50 stands for in the scale of the Independent JPEG Group.
_LUMA = (
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
    60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113,
    121, 112, 100, 120, 92, 101, 103, 99,
)  # fmt: skip


def header(data: bytes) -> Header:
    """What the picture is. Raises Invalid for CMYK, lossless and cut-off files, and for those of several frames."""
    frame: bytes | None = None
    carried: dict[int, list[bytes]] = {_APP1: [], _APP2: []}
    quality: int | None = None
    scans = 0
    notes: list[str] = []
    for marker, segment, at in _segments(data):
        if marker in _OTHER_FRAMES:
            raise unsupported("JPEG", "is of a rare process (lossless or hierarchical)", "Convert it to PNG.")
        if marker in _FRAMES:
            if frame is not None:
                raise broken("JPEG", "has several frames")
            frame = segment
        elif marker == _QUANTISED:
            quality = quality or _quality(segment)
        elif marker in carried:
            carried[marker].append(segment)
        elif marker == _SCAN:
            scans += 1
            if scans > _MOST_SCANS:
                raise unsupported("JPEG", f"has more than {_MOST_SCANS} scans", "Write it anew.")
        elif marker == _END and len(data) - at > 64:
            notes.append(f"{len(data) - at:,} bytes behind the end of the picture were dropped")
    if frame is None or not scans:
        raise broken("JPEG", "holds no picture")
    attached, lost = _attached(carried)
    return _framed(frame, quality, attached, (*notes, *lost))


def _framed(frame: bytes, quality: int | None, attached: Attached, notes: tuple[str, ...]) -> Header:
    depth, height, width, components = unpack(">BHHB", frame, 0, "JPEG")
    if components == 4:
        raise unsupported(
            "JPEG", "has four inks (CMYK)", "Convert it to RGB with its colour profile, which is not done silently."
        )
    if depth != 8 or components not in (1, 3):
        raise unsupported("JPEG", f"has {components} components of {depth} bits", "Convert it to PNG.")
    if not width or not height:
        raise broken("JPEG", "doesn't say how large it is")
    factors = [unpack(">BBB", frame, 6 + 3 * place, "JPEG")[1] for place in range(components)]
    return Header(
        width,
        height,
        components,
        depth,
        orientation=exifs.orientation(attached.exif or b""),
        quality=quality,
        halved=len(set(factors)) > 1,
        attached=attached,
        notes=notes,
    )


def _segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Every marker with what its segment holds, and where the next one starts."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        if data[at : at + 1] != b"\xff":
            raise broken("JPEG", "is cut off or damaged")
        while data[at + 1 : at + 2] == b"\xff":
            at += 1
        marker = unpack(">B", data, at + 1, "JPEG")[0]
        at += 2
        if marker == _END:
            yield marker, b"", at
            return
        if marker == 1 or 0xD0 <= marker <= 0xD8:
            continue
        (length,) = unpack(">H", data, at, "JPEG")
        if length < 2 or at + length > len(data):
            raise broken("JPEG", "is cut off or damaged")
        segment = data[at + 2 : at + length]
        at += length
        if marker == _SCAN:
            behind = _BEHIND_A_SCAN.search(data, at)
            if behind is None:
                raise broken("JPEG", "is cut off")
            at = behind.start()
        yield marker, segment, at
    raise broken("JPEG", f"has more than {_MOST_SEGMENTS:,} segments")


def _quality(tables: bytes) -> int | None:
    """The quality in the scale of the Independent JPEG Group whose luma table is nearest, from the first table."""
    if not tables:
        return None
    wide = tables[0] >> 4
    if tables[0] & 15 or len(tables) < 1 + 64 * (wide + 1):
        return None
    steps = [int.from_bytes(tables[at : at + 1 + wide], "big") for at in range(1, 1 + 64 * (wide + 1), 1 + wide)]
    # Steps of 1 and of 255 are bounds, not measures.
    if max(steps) <= 1:
        return 100
    told = [(step, base) for step, base in zip(steps, _LUMA, strict=True) if step != 255]
    scale = 100 * sum(step for step, _ in told) / sum(base for _, base in told) if told else 5000
    quality = (200 - scale) / 2 if scale <= 100 else 5000 / scale
    return max(1, min(100, round(quality)))


def _attached(carried: dict[int, list[bytes]]) -> tuple[Attached, tuple[str, ...]]:
    exif = next((each[len(_EXIF) :] for each in carried[_APP1] if each.startswith(_EXIF)), None)
    xmp = next((each[len(_XMP) :] for each in carried[_APP1] if each.startswith(_XMP)), None)
    parts = [each[len(_ICC) :] for each in carried[_APP2] if each.startswith(_ICC)]
    numbered = {each[0]: each[2:] for each in parts if len(each) > 2}
    if not parts:
        return Attached(exif=exif, xmp=xmp), ()
    count = parts[0][1] if len(parts[0]) > 1 else 0
    if sorted(numbered) != list(range(1, count + 1)):
        return Attached(exif=exif, xmp=xmp), ("the colour profile was incomplete and was dropped",)
    return Attached(icc=b"".join(numbered[part] for part in sorted(numbered)), exif=exif, xmp=xmp), ()


def attach(data: bytes, attached: Attached) -> tuple[bytes, tuple[str, ...]]:
    """The picture with its segments behind the JFIF header."""
    at = 2
    if data[2:4] == b"\xff\xe0":
        at += 2 + int.from_bytes(data[4:6], "big")
    added, notes = b"", []
    for name, prefix, block in (("EXIF", _EXIF, attached.exif), ("XMP", _XMP, attached.xmp)):
        if block is not None and len(prefix + block) > _SEGMENT:
            notes.append(f"{name} of {len(block):,} bytes has no place in a JPEG and was dropped")
        elif block is not None:
            added += _segment(_APP1, prefix + block)
    if attached.icc is not None:
        room = _SEGMENT - len(_ICC) - 2
        parts = [attached.icc[start : start + room] for start in range(0, len(attached.icc), room)]
        if len(parts) > 255:
            notes.append("a colour profile of that size has no place in a JPEG and was dropped")
            parts = []
        for number, part in enumerate(parts, 1):
            added += _segment(_APP2, _ICC + bytes((number, len(parts))) + part)
    return data[:at] + added + data[at:], tuple(notes)


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body
