"""TIFF 6.0 and BigTIFF: the frame, the number of pages, and the fields that go along."""

import struct

from kept.practices.provenance.methods.containers import exif as exifs
from kept.practices.provenance.methods.containers.exif import Entry, Folder, numbers
from kept.practices.provenance.methods.containers.header import (
    MOST_PROFILE,
    Attached,
    Header,
    broken,
    unpack,
    unsupported,
)

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES = 256, 257, 258, 259, 262, 277
_SUBFILE, _ORIENTATION, _EXTRA, _FORMAT, _XMP, _ICC = 254, 274, 338, 339, 700, 34675
_TILE_WIDTH, _TILE_HEIGHT = 322, 323
_LARGEST_TILE = 8192
_OFFSETS, _LENGTHS = (273, 324), (279, 325)
_INKS = (0, 1, 2, 3)
_OTHERS = {5: "four inks (CMYK)", 6: "luma and chroma (YCbCr)", 8: "CIE L*a*b* colour"}
_UNDEFINED, _SHORT = 7, 3
_PREMULTIPLIED, _UNASSOCIATED = 1, 2
_MOST_PAGES = 16


def header(data: bytes) -> Header:
    """What the picture is. Raises Invalid for several pages, CMYK, fractional samples, and a file that is cut off."""
    order, large, at = _start(data)
    pages = _pages(data, order, at, large=large)
    if not pages:
        raise broken("TIFF", "is cut off or holds no picture")
    main, others = pages[0], pages[1:]
    if any(not numbers(page, _SUBFILE, order, (0,))[0] & 1 for page in others):
        raise unsupported("TIFF", "has several pages", "Split it and mark each page by itself.")
    notes = ["a smaller copy of the picture was dropped"] if others else []
    width, height, samples = (numbers(main, tag, order, (0,))[0] for tag in (_WIDTH, _HEIGHT, _SAMPLES))
    samples = samples or 1
    bits = set(numbers(main, _BITS, order, (1,)))
    _supported(main, order, bits, samples)
    _whole(main, order, len(data))
    attached = Attached(icc=_block(main, _ICC), exif=exifs.carried(main, order), xmp=_block(main, _XMP))
    palette = numbers(main, _PHOTOMETRIC, order, (1,))[0] == 3
    return Header(
        width,
        height,
        3 if palette else samples,
        max(bits),
        orientation=numbers(main, _ORIENTATION, order, (1,))[0],
        lossless=True,
        attached=attached,
        notes=tuple(notes),
    )


def undivided(data: bytes) -> bytes:
    """The file with its alpha called premultiplied, so that a decoder leaves colours as they are."""
    order, large, _ = _start(data)
    at = None if large else exifs.place(data, order, _EXTRA)
    return data if at is None else data[:at] + struct.pack(f"{order}H", _PREMULTIPLIED) + data[at + 2 :]


def _supported(main: Folder, order: str, bits: set[int], samples: int) -> None:
    photometric = numbers(main, _PHOTOMETRIC, order, (1,))[0]
    if photometric not in _INKS:
        what = _OTHERS.get(photometric, f"colour of the rare kind {photometric}")
        raise unsupported("TIFF", f"holds {what}", "Convert it to RGB with its colour profile.")
    if set(numbers(main, _FORMAT, order, (1,))) != {1} or len(bits) != 1 or not bits <= {1, 2, 4, 8, 16}:
        raise unsupported("TIFF", "has samples that aren't whole numbers of 8 or 16 bits", "Convert it to 16 bits.")
    if samples not in (1, 3, 4):
        raise unsupported("TIFF", f"has {samples} samples in each pixel", "Convert it to RGB or grey.")


def _whole(main: Folder, order: str, size: int) -> None:
    tile = [numbers(main, tag, order, (0,))[0] for tag in (_TILE_WIDTH, _TILE_HEIGHT)]
    if max(tile) > _LARGEST_TILE:
        raise unsupported("TIFF", f"has tiles of {tile[0]:,} × {tile[1]:,} pixels", "Write it in smaller ones.")
    for places, lengths in zip(_OFFSETS, _LENGTHS, strict=True):
        starts, counts = numbers(main, places, order), numbers(main, lengths, order)
        if any(start + count > size for start, count in zip(starts, counts, strict=False)):
            raise broken("TIFF", "is cut off")


def _block(fields: Folder, tag: int) -> bytes | None:
    one = fields.get(tag)
    return one.value if one is not None and len(one.value) <= MOST_PROFILE else None


def _start(data: bytes) -> tuple[str, bool, int]:
    order = "<" if data[:2] == b"II" else ">"
    if unpack(f"{order}H", data, 2, "TIFF")[0] == 43:
        return order, True, unpack(f"{order}Q", data, 8, "TIFF")[0]
    return order, False, unpack(f"{order}I", data, 4, "TIFF")[0]


def _pages(data: bytes, order: str, at: int, *, large: bool) -> list[Folder]:
    found: list[Folder] = []
    seen: set[int] = set()
    while at and at not in seen and len(found) < _MOST_PAGES:
        seen.add(at)
        fields = exifs.folder(data, order, at, large=large)
        if not fields:
            break
        found.append(fields)
        (count,) = unpack(f"{order}{'Q' if large else 'H'}", data, at, "TIFF")
        behind = at + (8 + 20 * count if large else 2 + 12 * count)
        (at,) = unpack(f"{order}{'Q' if large else 'I'}", data, behind, "TIFF")
    return found


def attach(data: bytes, attached: Attached) -> tuple[bytes, tuple[str, ...]]:
    """The picture with a new directory at its end, which says all that the old one said and what goes along."""
    order, large, at = _start(data)
    notes: list[str] = []
    fields = dict(exifs.folder(data, order, at, large=large))
    if attached.exif is not None:
        carried = exifs.to_carry(attached.exif) if order == "<" else None
        if carried is None:
            notes.append("EXIF could not be read, so it has no place in a TIFF and was dropped")
        fields |= carried or {}
    for tag, block in ((_ICC, attached.icc), (_XMP, attached.xmp)):
        if block is not None:
            fields[tag] = Entry(_UNDEFINED, len(block), block)
    if numbers(fields, _SAMPLES, order, (1,))[0] == 4 and _EXTRA not in fields:
        fields[_EXTRA] = Entry(_SHORT, 1, struct.pack(f"{order}H", _UNASSOCIATED))
    if large:
        return data, (*notes, "metadata has no place in a TIFF of this size and was dropped")
    padded = data + b"\0" * (len(data) % 2)
    directory = exifs.written(fields, order, len(padded))
    return padded[:4] + struct.pack(f"{order}I", len(padded)) + padded[8:] + directory, tuple(notes)
