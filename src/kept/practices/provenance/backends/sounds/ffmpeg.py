"""M4A (AAC, ALAC), by FFmpeg through PyAV: the format is the one that the first bytes show, and nothing is fetched."""

import re
from io import BytesIO
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid, Unavailable
from kept.practices.provenance.backends.sounds.bounds import Bounds
from kept.practices.provenance.methods.sound.decoded import Sound

_PROTECTED = re.compile(rb"stsd\0\0\0\0.{8}(enca|drms)", re.DOTALL)
_FULL = {"u8": 128, "s16": 1 << 15, "s32": 1 << 31}
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
_AAC_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000)
_LEAST_BITS, _MOST_BITS = 32_000, 288_000
"""Bits a second for each channel."""
_BLOCK = 1 << 14
_NOT_TAGS = {"major_brand", "minor_version", "compatible_brands", "encoder"}
_MOST_TAGS, _LONGEST_TAG = 64, 4096
_WHOLE = "Send the whole file as it was made."


def read(data: bytes, bounds: Bounds) -> Sound:
    """The sound of an M4A file. Raises Invalid and Unavailable."""
    av = _av()
    if _PROTECTED.search(data):
        raise Invalid("The sound is encrypted.", code="sound.encrypted", hint="Only its owner's player can open it.")
    try:
        with av.open(BytesIO(data), "r", format="mov", metadata_errors="replace") as container:
            return _read(container, len(data), bounds)
    except av.FFmpegError as error:
        raise Invalid(f"The sound can't be read: {error.strerror}.", code="sound.damaged", hint=_WHOLE) from error
    except (ValueError, TypeError, OverflowError) as error:
        raise Invalid(f"The sound can't be read: {str(error)[:200]}.", code="sound.damaged", hint=_WHOLE) from error


def write(sound: Sound) -> bytes:
    """An M4A file: ALAC where the sound came so, else AAC. Raises Invalid and Unavailable."""
    av = _av()
    channels = sound.samples.shape[1]
    lossless = sound.subtype.startswith("alac")
    if not lossless and sound.rate not in _AAC_RATES:
        raise Invalid(f"AAC has no rate of {sound.rate} Hz.", code="sound.write", hint="Write it as WAV or FLAC.")
    buffer = BytesIO()
    layout = sound.layout or _LAYOUTS[channels]
    try:
        with av.open(buffer, "w", format="ipod") as container:
            container.metadata.update(sound.tags)
            stream = container.add_stream("alac" if lossless else "aac", rate=sound.rate, layout=layout)
            if lossless:
                stream.format = "s32p" if sound.subtype.endswith("s32p") else "s16p"
            else:
                each = (sound.bit_rate or 160_000 * channels // 2) / channels
                stream.bit_rate = round(channels * min(max(each, _LEAST_BITS), _MOST_BITS))
            for start in range(0, len(sound.samples), _BLOCK):
                frame = _frame(av, sound.samples[start : start + _BLOCK], stream.format.name, layout)
                frame.sample_rate, frame.pts = sound.rate, start
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    except (av.FFmpegError, ValueError) as error:
        raise Invalid(
            f"{channels} channels at {sound.rate} Hz can't be written as M4A: {str(error)[:200]}.",
            code="sound.write",
            hint="Write it as WAV or FLAC.",
        ) from error
    return buffer.getvalue()


def _read(container: Any, size: int, bounds: Bounds) -> Sound:
    if not container.streams.audio:
        raise Invalid("The file holds no sound.", code="sound.empty", hint=_WHOLE)
    stream = container.streams.audio[0]
    codec = stream.codec_context
    if codec is None or not codec.sample_rate:
        raise Invalid("The sound is in no codec that is known.", code="sound.unsupported", hint="Convert it to AAC.")
    rate, channels = codec.sample_rate, codec.channels
    declared = round(float(stream.duration * stream.time_base) * rate) if stream.duration else 0
    if declared > 0:
        bounds.check(declared, rate, channels)
    samples = _decoded(container, stream, bounds.most(rate, channels))
    # The last frame is padded; the duration says how far the sound goes.
    samples = samples[:declared] if 0 < declared < len(samples) else samples
    bounds.check(len(samples), rate, channels)
    more = [
        name for name, kind in (("pictures", container.streams.video), ("texts", container.streams.subtitles)) if kind
    ]
    return Sound(
        samples,
        rate,
        "audio/mp4",
        subtype=f"{codec.name} {codec.format.name}",
        bit_rate=codec.bit_rate or round(8 * size * rate / len(samples)),
        layout=codec.layout.name,
        tags=_tags(container.metadata),
        notes=tuple(f"{name} in the file are not kept" for name in more),
    )


def _decoded(container: Any, stream: Any, most: int) -> NDArray[np.floating[Any]]:
    rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
    parts: list[NDArray[np.floating[Any]]] = []
    count = 0
    for frame in container.decode(stream):
        if frame.sample_rate != rate or len(frame.layout.channels) != channels:
            raise Invalid("The sound changes its kind on the way.", code="sound.unsupported", hint="Convert it to WAV.")
        parts.append(_samples(frame, channels))
        count += len(parts[-1])
        if count > most:
            break
    return np.concatenate(parts) if parts else np.zeros((0, channels), np.float32)


def _samples(frame: Any, channels: int) -> NDArray[np.floating[Any]]:
    """The samples of a frame, (n, channels), 1 for full scale."""
    values = frame.to_ndarray()
    values = values.T if frame.format.is_planar else values.reshape(-1, channels)
    full = _FULL.get(frame.format.name.removesuffix("p"))
    kind = np.float64 if values.dtype == np.float64 or full == 1 << 31 else np.float32
    scaled: NDArray[np.floating[Any]] = (values if full is None else values / full).astype(kind)
    return scaled


def _frame(av: ModuleType, samples: NDArray[np.floating[Any]], form: str, layout: str) -> Any:
    full = _FULL.get(form.removesuffix("p"))
    if full is None:
        planes = samples.T.astype(np.float32)
    else:
        kind = np.int16 if full == 1 << 15 else np.int32
        planes = np.clip(np.rint(samples.T.astype(np.float64) * full), -full, full - 1).astype(kind)
    return av.AudioFrame.from_ndarray(np.ascontiguousarray(planes), form, layout)


def _tags(metadata: Any) -> dict[str, str]:
    kept = {key: value for key, value in metadata.items() if key not in _NOT_TAGS and len(value) <= _LONGEST_TAG}
    return dict(list(kept.items())[:_MOST_TAGS])


def _av() -> ModuleType:
    try:
        import av
    except ImportError as error:
        raise Unavailable(
            "M4A sounds are read and written by PyAV, which isn't installed.",
            code="sound.av",
            hint="Install the extra: pip install 'kept[provenance]'.",
        ) from error
    return av
