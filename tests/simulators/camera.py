"""A camera: it pans and zooms over a photograph, and films what it sees with the codecs that cameras have."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Frames = Iterable[NDArray[np.uint8]]
CODECS = {"mp4": "libx264", "mov": "libx264", "webm": "libvpx-vp9"}
OPTIONS = {"libx264": {"preset": "superfast"}, "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"}}


def filmed(
    photograph: NDArray[np.uint8], count: int, *, size: tuple[int, int] = (640, 360), noise: float = 1.0, seed: int = 0
) -> Iterator[NDArray[np.uint8]]:
    """So many RGB frames of `size` (width, height), at 30 a second."""
    width, height = size
    grain = np.random.default_rng(seed)
    scale = max(width * 1.6 / photograph.shape[1], height * 1.6 / photograph.shape[0])
    scene = cv2.resize(photograph, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    high, wide = scene.shape[:2]
    for place in range(count):
        at = place / 90
        zoom = 1 + 0.25 * np.sin(2 * at)
        across = wide / 2 + (wide / 2 - width * 0.62) * np.sin(1.3 * at)
        down = high / 2 + (high / 2 - height * 0.62) * np.cos(0.9 * at)
        view = np.array([[zoom, 0, across - zoom * width / 2], [0, zoom, down - zoom * height / 2]])
        frame = cv2.warpAffine(
            scene, view, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT
        )
        grains = grain.normal(0, noise, (height, width, 1)) if noise else 0.0
        yield np.clip(frame + grains, 0, 255).astype(np.uint8)


def chord(seconds: float, rate: int = 48_000, channels: int = 2) -> NDArray[np.float32]:
    """Broad, uneven sound, as (n, channels)."""
    drawn = np.random.default_rng(3)
    times = np.arange(round(seconds * rate)) / rate
    tones = sum(
        np.sin(2 * np.pi * pitch * times) * np.exp(-((times * 1.7 + pitch) % 1)) for pitch in (220, 331, 547, 1103)
    )
    hiss = drawn.normal(0, 0.3, len(times)) * (1 + np.sin(2 * np.pi * times * 0.7))
    return np.repeat(((tones + hiss) * 0.08).astype(np.float32)[:, None], channels, axis=1)


def developed(
    frames: Frames,
    container: str = "mp4",
    *,
    bit_rate: int = 2_000_000,
    codec: str = "",
    sound: NDArray[np.float32] | None = None,
    pixels: str = "yuv420p",
    turned: int = 0,
    tags: dict[str, int] | None = None,
    times: list[int] | None = None,
    more: bool = False,
) -> bytes:
    """The frames as a film. `times` are their places in thirtieths of a second; `more` adds a second sound track."""
    kept = io.BytesIO()
    codec = codec or CODECS[container]
    with av.open(kept, "w", format=container) as out:
        picture = out.add_stream(codec, rate=30, options=OPTIONS.get(codec, {}))
        picture.pix_fmt, picture.bit_rate = pixels, bit_rate
        for tag, value in (tags or {}).items():
            setattr(picture.codec_context, tag, value)
        name = "libopus" if container == "webm" else "aac"
        tracks = [out.add_stream(name, rate=48_000, layout="stereo") for _ in range((sound is not None) + more)]
        for place, frame in enumerate(frames):
            if not place:
                picture.height, picture.width = frame.shape[:2]
                if turned:
                    picture.set_display_rotation(turned)
            shot = av.VideoFrame.from_ndarray(frame, "rgb24").reformat(format=pixels)
            shot.pts = times[place] if times else place
            out.mux(picture.encode(shot))
        out.mux(picture.encode(None))
        for track in tracks:
            _recorded(out, track, sound if sound is not None else chord(1))
    return kept.getvalue()


def _recorded(out: Any, track: Any, sound: NDArray[np.float32]) -> None:
    for at in range(0, len(sound), 4800):
        part = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[at : at + 4800].T), "fltp", "stereo")
        part.sample_rate, part.pts = 48_000, at
        out.mux(track.encode(part))
    out.mux(track.encode(None))


def lumas(film: bytes) -> list[NDArray[np.uint8]]:
    """The luma of every frame."""
    with av.open(io.BytesIO(film)) as opened:
        return [np.ascontiguousarray(frame.to_ndarray()[: frame.height]) for frame in opened.decode(video=0)]


def again(film: bytes, bit_rate: int, *, size: tuple[int, int] | None = None, kept: float = 1.0) -> bytes:
    """The film as another service would send it on: a part of each frame, scaled, at another bit rate."""

    def frames() -> Iterator[NDArray[np.uint8]]:
        with av.open(io.BytesIO(film)) as opened:
            for frame in opened.decode(video=0):
                whole = frame.to_ndarray(format="rgb24")
                high, wide = round(whole.shape[0] * kept) // 2 * 2, round(whole.shape[1] * kept) // 2 * 2
                top, left = (whole.shape[0] - high) // 3, (whole.shape[1] - wide) * 2 // 3
                part = whole[top : top + high, left : left + wide]
                yield part if size is None else cv2.resize(part, size, interpolation=cv2.INTER_AREA)

    return developed(frames(), bit_rate=bit_rate)
