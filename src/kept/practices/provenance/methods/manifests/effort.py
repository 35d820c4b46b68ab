"""How much unpacking content could ask for, told before anything is unpacked.

A manifest may be compressed (a box of the type "brob"), each by itself. The library bounds what one of them unpacks to
and not how many there are, and three kilobytes unpack to as much as it allows. It looks at no other type on the way.
"""

STORE = bytes.fromhex("6332706100110010800000aa00389b71")
"""The type of a manifest store (C2PA specification, 11.1.4.1), which stands as it is in every container."""
_COMPRESSED = b"brob"
_APP11, _SCAN = 0xEB, 0xDA
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_HEADS = (8, 16)


def compressed_boxes(data: bytes) -> int:
    """How many compressed boxes the content's manifests could hold.

    JPEG cuts a manifest store into segments, maybe in the middle of a box's type: they are put together first, without
    the head that each has (ISO/IEC 19566-5, annex D) and without the box header that all but the first repeat.
    """
    if not data.startswith(b"\xff\xd8"):
        return data.count(_COMPRESSED)
    parts = _segments(data)
    return max(b"".join(part[head:] for part in parts).count(_COMPRESSED) for head in _HEADS)


def _segments(data: bytes) -> list[bytes]:
    """The APP11 segments before the first scan; the library looks for none behind it."""
    found, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == _SCAN:
            break
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4])
        if marker == _APP11:
            found.append(data[at + 4 : at + 2 + length])
        at += 2 + max(length, 2)
    return found
