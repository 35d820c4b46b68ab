"""PNG, JPEG, WebP, AVIF and TIFF, read and written by OpenCV; what it leaves behind of a file is carried around it."""

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid, Unavailable
from kept.practices.provenance.backends.complaints import heard
from kept.practices.provenance.methods import containers, media
from kept.practices.provenance.methods.containers import Attached, Header, exif
from kept.practices.provenance.methods.picture import Picture, upright

LEAST_QUALITY = 90
"""JPEG and WebP are written with this quality at least, so that a mark costs nothing that can be seen."""
AVIF_QUALITY, AVIF_SPEED = 85, 8
_LARGEST_SIDE = {"image/jpeg": 65_500, "image/webp": 16_383, "image/avif": 65_536}
_LOSSLESS_WEBP = 101
_ADOBE_DEFLATE, _HORIZONTAL = 8, 2
_STRIP = 256


def read(data: bytes, media_type: str, *, limits: media.Limits = media.LIMITS, strict: bool = True) -> Picture:
    """The picture in the data, its sizes checked before a pixel is decoded.

    With `strict`, damage that a decoder would paint over is refused; without, it is noted and what was decoded is used.
    Raises Invalid for what is mislabelled, too large, cut off, damaged, animated or of a kind that isn't supported, and
    Unavailable where OpenCV isn't installed.
    """
    name = media.check(data, media_type, limits)
    if not name.startswith("image/"):
        raise Invalid(f"{name} is no picture.", code="picture.type")
    header = containers.header(data, name)
    media.measure(header.width, header.height, max(3, header.channels) * (1 + (header.depth > 8)), limits)
    pixels, damage = _decoded(data, header, name)
    if damage and strict:
        raise Invalid(
            f"The picture is damaged: {damage[0][:200]}", code="picture.damaged", hint="Send the file as it was made."
        )
    # OpenCV turns a TIFF by itself.
    turn = 1 if name == "image/tiff" else header.orientation
    pixels = upright(pixels, turn)
    attached = header.attached
    if attached.exif is not None:
        attached = replace(attached, exif=exif.upright(attached.exif))
    return Picture(
        pixels,
        name,
        depth=header.depth,
        quality=header.quality,
        halved=header.halved,
        lossless=header.lossless,
        attached=attached,
        notes=(*header.notes, *damage[:1]),
    )


def write(picture: Picture, media_type: str, *, quality: int | None = None) -> bytes:
    """The picture as a file of that type; `written` tells as well what had no place in it."""
    return written(picture, media_type, quality=quality)[0]


def written(picture: Picture, media_type: str, *, quality: int | None = None) -> tuple[bytes, tuple[str, ...]]:
    """The file, and a note on everything that the format has no place for.

    Quality is that of the source but 90 at least (AVIF: 85); PNG and TIFF keep every sample, WebP where the source did.
    Raises Invalid for a picture that the format can't hold, and Unavailable where OpenCV isn't installed.
    """
    name = media.canonical(media_type)
    pixels, notes = _fitted(picture, name)
    cv2 = _opencv()
    kinds, blocks = [], []
    attached = picture.attached
    if name == "image/avif":
        for kind, block in ((cv2.IMAGE_METADATA_EXIF, attached.exif), (cv2.IMAGE_METADATA_ICCP, attached.icc)):
            if block:
                kinds.append(kind)
                blocks.append(np.frombuffer(block, np.uint8))
    ordered = _swapped(pixels)
    with heard():
        try:
            good, encoded = cv2.imencodeWithMetadata(
                f".{media.extension(name)}", ordered, kinds, blocks, _settings(cv2, picture, name, quality)
            )
        except cv2.error as error:
            raise _refused("written", error) from error
    if not good:
        raise Invalid(f"The picture can't be written as {name}.", code="picture.write", hint="Write it as PNG.")
    data, lost = containers.attach(encoded.tobytes(), name, _for_format(picture, name))
    return data, (*notes, *lost)


def _decoded(data: bytes, header: Header, name: str) -> tuple[NDArray[Any], list[str]]:
    """Pixels in RGB order over the whole range of their type, and what the decoder complained of."""
    cv2 = _opencv()
    plain = header.depth <= 8 and header.channels == 3 and name in ("image/jpeg", "image/webp")
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION if plain else cv2.IMREAD_UNCHANGED
    with heard() as damage:
        try:
            pixels = cv2.imdecode(np.frombuffer(containers.to_decode(data, name), np.uint8), flags)
        except cv2.error as error:
            raise _refused("read", error) from error
    sides = (header.height, header.width)
    turned = name == "image/tiff" and header.orientation >= 5
    if pixels is None or pixels.shape[:2] != (sides[::-1] if turned else sides):
        why = f": {damage[0][:200]}" if damage else ""
        raise Invalid(
            f"The picture can't be decoded{why}.", code="picture.damaged", hint="Send the whole file as it was made."
        )
    if not plain and pixels.ndim == 3:
        pixels = _swapped(pixels, in_place=True)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    if pixels.dtype == np.uint16 and header.depth in (10, 12):
        pixels = pixels << (16 - header.depth) | pixels >> (2 * header.depth - 16)
    if pixels.dtype not in (np.uint8, np.uint16):
        raise Invalid(
            f"The picture has samples of type {pixels.dtype}.", code="picture.unsupported", hint="Use 16 bits."
        )
    return pixels, list(damage)


def _swapped(pixels: NDArray[Any], *, in_place: bool = False) -> NDArray[Any]:
    """BGR for RGB and the other way round, in strips so that no second picture is held where it is done in place."""
    if pixels.ndim == 2:
        return pixels
    result = pixels if in_place else np.empty_like(pixels)
    cv2 = _opencv()
    code = cv2.COLOR_RGB2BGR if pixels.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
    for row in range(0, len(pixels), _STRIP):
        result[row : row + _STRIP] = cv2.cvtColor(np.ascontiguousarray(pixels[row : row + _STRIP]), code)
    return result


def _fitted(picture: Picture, name: str) -> tuple[NDArray[Any], list[str]]:
    """The pixels in the samples that the format has."""
    pixels, notes = picture.pixels, []
    height, width = pixels.shape[:2]
    if not name.startswith("image/") or max(height, width) > _LARGEST_SIDE.get(name, 1 << 20):
        raise Invalid(
            f"A picture of {width:,} × {height:,} pixels can't be {name}.",
            code="picture.write",
            hint="Write it as PNG.",
        )
    if name == "image/jpeg" and pixels.ndim == 3 and pixels.shape[2] == 4:
        raise Invalid("A JPEG can't be transparent.", code="picture.write", hint="Write it as PNG, WebP or AVIF.")
    if pixels.dtype == np.uint16 and name in ("image/jpeg", "image/webp"):
        notes.append("16 bits were rounded to 8, all that the format has")
        pixels = ((pixels.astype(np.uint32) * 255 + 32_767) // 65_535).astype(np.uint8)
    elif pixels.dtype == np.uint16 and name == "image/avif":
        bits = _avif_depth(picture)
        most = (1 << bits) - 1
        pixels = ((pixels.astype(np.uint32) * most + 32_767) // 65_535).astype(np.uint16)
    return pixels, notes


def _avif_depth(picture: Picture) -> int:
    if picture.pixels.dtype == np.uint8:
        return 8
    return picture.depth if picture.depth in (10, 12) else 12


def _settings(cv2: ModuleType, picture: Picture, name: str, quality: int | None) -> list[int]:
    if name == "image/jpeg":
        sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420 if picture.halved else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
        chosen = quality or max(LEAST_QUALITY, (picture.quality or 0))
        return [cv2.IMWRITE_JPEG_QUALITY, chosen, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    if name == "image/webp":
        kept = picture.lossless and quality is None
        exactly = [cv2.IMWRITE_WEBP_LOSSLESS_MODE, cv2.IMWRITE_WEBP_LOSSLESS_PRESERVE_COLOR] if kept else []
        return [cv2.IMWRITE_WEBP_QUALITY, _LOSSLESS_WEBP if kept else quality or LEAST_QUALITY, *exactly]
    if name == "image/avif":
        return [
            *(cv2.IMWRITE_AVIF_QUALITY, quality or AVIF_QUALITY),
            *(cv2.IMWRITE_AVIF_SPEED, AVIF_SPEED),
            *(cv2.IMWRITE_AVIF_DEPTH, _avif_depth(picture)),
        ]
    if name == "image/tiff":
        return [cv2.IMWRITE_TIFF_COMPRESSION, _ADOBE_DEFLATE, cv2.IMWRITE_TIFF_PREDICTOR, _HORIZONTAL]
    return []


def _for_format(picture: Picture, name: str) -> Attached:
    """What is carried along; the chunks of a PNG mean nothing elsewhere."""
    return picture.attached if name == "image/png" else replace(picture.attached, chunks=b"")


def _refused(done: str, error: Exception) -> Invalid | Unavailable:
    if "nsufficient memory" in str(error) or "OutOfMemory" in str(error):
        return Unavailable(f"There is not enough memory for the picture to be {done}.", code="picture.memory")
    return Invalid(f"The picture can't be {done}.", code="picture.damaged", hint="Send the whole file as it was made.")


def _opencv() -> ModuleType:
    try:
        import cv2
    except ImportError as error:
        raise Unavailable(
            "Pictures are read and written by OpenCV, which isn't installed.",
            code="picture.opencv",
            hint="Install the extra: pip install 'kept[provenance]'.",
        ) from error
    return cv2
