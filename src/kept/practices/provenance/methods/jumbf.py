"""The boxes of a C2PA manifest store (JUMBF, ISO/IEC 19566-5), as far as to take one manifest out of it."""

from collections.abc import Iterator

from kept.errors import Invalid

_SUPERBOX, _DESCRIPTION = b"jumb", b"jumd"
_BOXES = 10_000
# Of a description: its type, whether a label follows (bit 1 of the toggles), and the label (ISO/IEC 19566-5, A.3).
_UUID_BYTES, _LABELLED, _LONGEST = 16, 0x02, 256


def active_manifest(store: bytes) -> bytes:
    """The active manifest of a manifest store, a JUMBF superbox: the last one in it (C2PA 2.x, section 11.1.4).

    Raises Invalid for what is no manifest store.
    """
    outer = next(_boxes(store, 0, len(store)), None)
    if outer is None or outer[0] != _SUPERBOX or outer[2] != len(store):
        raise Invalid("This is no C2PA manifest store.", code="manifest.store")
    inner = list(_boxes(store, outer[1], outer[2]))
    if len(inner) < 2 or inner[0][0] != _DESCRIPTION or inner[-1][0] != _SUPERBOX:
        raise Invalid("The C2PA manifest store holds no manifest.", code="manifest.store")
    return store[inner[-2][2] : inner[-1][2]]


def active_label(store: bytes) -> str:
    """The label by which the active manifest of a manifest store is named. Raises Invalid."""
    manifest = active_manifest(store)
    outer = next(_boxes(manifest, 0, len(manifest)))
    inner = next(_boxes(manifest, outer[1], outer[2]), None)
    if inner is not None and inner[0] == _DESCRIPTION and inner[2] - inner[1] > _UUID_BYTES:
        labelled = manifest[inner[1] + _UUID_BYTES] & _LABELLED
        text, end, _ = manifest[inner[1] + _UUID_BYTES + 1 : inner[2]].partition(b"\0")
        if labelled and end and 0 < len(text) <= _LONGEST:
            return text.decode("utf-8", "replace")
    raise Invalid("The active manifest of the store has no name.", code="manifest.store")


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Each box between two places: its type, where its content begins, and where it ends (ISO/IEC 14496-12, 4.2)."""
    for _ in range(_BOXES):
        if start >= end:
            return
        size, kind, head = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        elif size == 0:
            size = end - start
        if size < head or start + size > end:
            raise Invalid("A box of the C2PA manifest store doesn't fit into it.", code="manifest.store")
        yield kind, start + head, start + size
        start += size
    raise Invalid(f"The C2PA manifest store has more than {_BOXES} boxes.", code="manifest.store")
