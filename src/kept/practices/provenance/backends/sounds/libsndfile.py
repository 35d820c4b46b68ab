"""WAV, FLAC, MP3 and Ogg (Vorbis, Opus), by libsndfile through the package soundfile."""

import re
from bisect import bisect_left
from collections.abc import Mapping
from importlib import import_module
from io import BytesIO
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid, Unavailable
from kept.practices.provenance.backends.complaints import heard
from kept.practices.provenance.backends.sounds.bounds import Bounds
from kept.practices.provenance.methods.sound.decoded import Sound

_FORMATS = {"audio/wav": "WAV", "audio/flac": "FLAC", "audio/mpeg": "MP3", "audio/ogg": "OGG"}
_PLAIN = {"audio/wav": "PCM_16", "audio/flac": "PCM_16", "audio/mpeg": "MPEG_LAYER_III", "audio/ogg": "VORBIS"}
_WHOLE_NUMBERS = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
_BLOCK = 1 << 16
_FINE = ("PCM_32", "DOUBLE")
_OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)
_MP3_RATES = {
    (8_000, 11_025, 12_000): (64_000, (8, 16, 24, 32, 40, 48, 56, 64)),
    (16_000, 22_050, 24_000): (160_000, (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)),
    (32_000, 44_100, 48_000): (320_000, (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)),
}
"""Rates of MPEG 2.5, 2 and 1, the most bits a second of each, and the thousands of bits that each allows."""
_VORBIS = (64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 500)
"""About how many thousand bits a second stereo of 44.1 kHz takes at quality 0, 0.1, … 1."""
_OPUS = (6_000, 256_000)
_OWN_NAME = re.compile(r" ?\(libsndfile-[\d.]+\)$")
_WHOLE = "Send the whole file as it was made."


def read(data: bytes, name: str, bounds: Bounds) -> Sound:
    """The sound of a file whose first bytes have shown it to be of that type. Raises Invalid and Unavailable."""
    soundfile = _soundfile()
    with heard():
        try:
            with soundfile.SoundFile(BytesIO(data)) as file:
                if file.format not in (_FORMATS[name], "WAVEX", "RF64"):
                    raise Invalid(f"The file is {file.format}.", code="sound.unsupported", hint="Convert it to WAV.")
                samples = _decoded(file, bounds)
                seconds = len(samples) / file.samplerate
                return Sound(
                    samples,
                    file.samplerate,
                    name,
                    subtype=file.subtype,
                    bit_rate=round(8 * len(data) / seconds),
                    tags=_tags(file.copy_metadata()),
                    notes=_notes(data, name),
                )
        # libsndfile's own error is a RuntimeError; what a callback of its virtual file meets is another.
        except (RuntimeError, OSError, ValueError, TypeError, OverflowError) as error:
            raise Invalid(f"The sound can't be read: {str(error)[:200]}", code="sound.damaged", hint=_WHOLE) from error


def write(sound: Sound, name: str) -> bytes:
    """The file. Raises Invalid for what the format can't hold, and Unavailable."""
    soundfile = _soundfile()
    subtype = sound.subtype if sound.media_type == name and sound.subtype else _PLAIN[name]
    buffer = BytesIO()
    channels = sound.samples.shape[1]
    try:
        with soundfile.SoundFile(
            buffer, "w", sound.rate, channels, subtype, format=_FORMATS[name], **_settings(sound, name, subtype)
        ) as file:
            for key, value in sound.tags.items():
                setattr(file, key, value)
            for start in range(0, len(sound.samples), _BLOCK):
                file.write(_held(sound.samples[start : start + _BLOCK], subtype))
    except (RuntimeError, OSError, ValueError, TypeError) as error:
        raise Invalid(
            f"{channels} channels at {sound.rate} Hz can't be written as {_FORMATS[name]} {subtype}: {str(error)[:99]}",
            code="sound.write",
            hint="Write it as WAV or FLAC.",
        ) from error
    return buffer.getvalue()


def _decoded(file: Any, bounds: Bounds) -> NDArray[np.floating[Any]]:
    """All samples. What the header says is checked first, and what comes is counted, whatever it says."""
    rate, channels = file.samplerate, file.channels
    # MP3 and Ogg headers only estimate the length, and a FLAC stream need not know it.
    if 0 < file.frames < 1 << 62:
        bounds.check(file.frames, rate, channels)
    most = bounds.most(rate, channels)
    dtype = "float64" if file.subtype in _FINE else "float32"
    parts: list[NDArray[np.floating[Any]]] = []
    count = 0
    while len(part := file.read(_BLOCK, dtype=dtype, always_2d=True)):
        parts.append(part)
        count += len(part)
        if count > most:
            break
    bounds.check(count, rate, channels)
    return np.concatenate(parts)


def _held(samples: NDArray[np.floating[Any]], subtype: str) -> NDArray[Any]:
    """The samples as the file holds them: whole numbers are rounded here, so that what isn't changed stays the same."""
    bits = _WHOLE_NUMBERS.get(subtype)
    if bits is None:
        return np.ascontiguousarray(samples)
    full = 1 << (bits - 1)
    whole = np.clip(np.rint(samples.astype(np.float64) * full), -full, full - 1)
    if bits <= 16:
        return whole.astype(np.int16) << np.int16(16 - bits)
    return whole.astype(np.int32) << np.int32(32 - bits)


def _settings(sound: Sound, name: str, subtype: str) -> dict[str, Any]:
    """How finely a format that loses something is written: with no fewer bits a second than the sound came with."""
    if name == "audio/mpeg":
        return _mp3(sound)
    if subtype == "VORBIS":
        stereo = sound.bit_rate / 1000 * 2 / sound.samples.shape[1] * 44_100 / min(sound.rate, 48_000)
        quality = bisect_left(_VORBIS, stereo) + 1 if sound.bit_rate else 7
        return {"compression_level": 1 - min(10, max(4, quality)) / 10}
    if subtype == "OPUS":
        if sound.rate not in _OPUS_RATES:
            raise ValueError(f"Opus has no rate of {sound.rate} Hz")
        low, high = _OPUS
        each = (sound.bit_rate or 160_000) * 1.1 / sound.samples.shape[1]
        return {"compression_level": 1 - min(1.0, max(0.2, (each - low) / (high - low)))}
    return {}


def _mp3(sound: Sound) -> dict[str, Any]:
    found = next((each for rates, each in _MP3_RATES.items() if sound.rate in rates), None)
    if found is None:
        raise ValueError(f"MP3 has no rate of {sound.rate} Hz")
    most, allowed = found
    wanted = (sound.bit_rate or 192_000) / 1000
    # The header and the tags count in the source's bits a second too, so a little less than they say is as much.
    chosen = 1000 * allowed[min(bisect_left(allowed, wanted * 0.97), len(allowed) - 1)]
    least = 1000 * allowed[0]
    return {"bitrate_mode": "CONSTANT", "compression_level": (most - chosen) / (most - least)}


def _tags(found: Mapping[str, str]) -> dict[str, str]:
    """The tags that say something, without the name that libsndfile adds to the software's."""
    plain = {key: _OWN_NAME.sub("", value) for key, value in found.items()}
    return {key: value for key, value in plain.items() if value}


def _notes(data: bytes, name: str) -> tuple[str, ...]:
    head = data[: 1 << 20]
    picture = {"audio/flac": b"image/", "audio/mpeg": b"APIC", "audio/ogg": b"METADATA_BLOCK_PICTURE"}.get(name)
    if picture is not None and picture in head:
        return ("the cover picture is not kept",)
    return ()


def _soundfile() -> ModuleType:
    try:
        return import_module("soundfile")
    except (ImportError, OSError) as error:
        raise Unavailable(
            "Sounds are read and written by soundfile, which isn't installed.",
            code="sound.soundfile",
            hint="Install the extra: pip install 'kept[provenance]'.",
        ) from error
