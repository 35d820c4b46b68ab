"""What the containers of pictures say before anything is decoded, and the profiles and notes that they carry along.

Every reader here is bounded: it walks the segments of a file once, follows no offset twice, and decodes no pixel.
"""

from collections.abc import Callable

from kept.practices.provenance.methods.containers import avif, jpeg, png, tiff, webp
from kept.practices.provenance.methods.containers.header import Attached, Header

__all__ = ["Attached", "Header", "attach", "header", "to_decode"]

_READERS: dict[str, Callable[[bytes], Header]] = {
    "image/jpeg": jpeg.header,
    "image/png": png.header,
    "image/webp": webp.header,
    "image/avif": avif.header,
    "image/tiff": tiff.header,
}
_WRITERS: dict[str, Callable[[bytes, Attached], tuple[bytes, tuple[str, ...]]]] = {
    "image/jpeg": jpeg.attach,
    "image/png": png.attach,
    "image/webp": webp.attach,
    "image/avif": avif.attach,
    "image/tiff": tiff.attach,
}


def header(data: bytes, media_type: str) -> Header:
    """What the picture is. Raises Invalid for one that is cut off, animated, of several pages, or not RGB or grey."""
    return _READERS[media_type](data)


def to_decode(data: bytes, media_type: str) -> bytes:
    """What to hand to a decoder that is to return samples as they stand."""
    if media_type == "image/avif":
        return avif.meta_first(data)
    return tiff.undivided(data) if media_type == "image/tiff" else data


def attach(data: bytes, media_type: str, attached: Attached) -> tuple[bytes, tuple[str, ...]]:
    """A freshly written picture with what it carries along, and a note on each part that has no place in the format."""
    return _WRITERS[media_type](data, attached)
