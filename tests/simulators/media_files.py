"""Small files of every format that can be marked: a picture of waves, a sound of two tones, a film of both."""

import io
from functools import cache

import numpy as np

PICTURES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/avif": ".avif",
    "image/tiff": ".tiff",
}
SOUNDS = {"audio/wav": "WAV", "audio/flac": "FLAC", "audio/mpeg": "MP3", "audio/ogg": "OGG"}
FILMS = {
    "audio/mp4": ("ipod", "", "aac"),
    "video/mp4": ("mp4", "libx264", "aac"),
    "video/quicktime": ("mov", "libx264", "aac"),
    "video/webm": ("webm", "libvpx-vp9", "libopus"),
}
EVERY = (*PICTURES, *SOUNDS, *FILMS)
RATE = 48_000


@cache
def sample(media_type: str, *, width: int = 320, height: int = 240, seconds: float = 1.0) -> bytes:
    """A file of this type."""
    if media_type in PICTURES:
        import cv2

        done, data = cv2.imencode(PICTURES[media_type], picture(width, height))
        assert done, media_type
        return bytes(data)
    if media_type in SOUNDS:
        import soundfile

        file = io.BytesIO()
        soundfile.write(file, sound(seconds), RATE, format=SOUNDS[media_type])
        return file.getvalue()
    return film(media_type, width, height, seconds)


def picture(width: int, height: int, *, phase: float = 0.0) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / 17 + phase) + np.cos(y / 23), np.sin((x + y) / 31), np.cos(x / 11 - y / 19 + phase)]
    return np.uint8(np.clip(127 + 55 * np.stack(waves, axis=-1), 0, 255))


def sound(seconds: float) -> np.ndarray:
    at = np.arange(int(RATE * seconds)) / RATE
    return (0.3 * np.sin(2 * np.pi * 440 * at) + 0.2 * np.sin(2 * np.pi * 1330 * at)).astype(np.float32)


def film(media_type: str, width: int, height: int, seconds: float) -> bytes:
    import av

    container_format, video_codec, audio_codec = FILMS[media_type]
    file = io.BytesIO()
    with av.open(file, "w", format=container_format) as container:
        frames = None
        if video_codec:
            frames = container.add_stream(video_codec, rate=10)
            frames.width, frames.height, frames.pix_fmt = width, height, "yuv420p"
        track = container.add_stream(audio_codec, rate=RATE)
        track.layout = "mono"
        if frames is not None:
            for number in range(int(10 * seconds)):
                frame = av.VideoFrame.from_ndarray(picture(width, height, phase=number / 5), format="bgr24")
                container.mux(frames.encode(frame))
            container.mux(frames.encode(None))
        samples = sound(seconds)
        for start in range(0, len(samples), 960):
            part = samples[start : start + 960][None]
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE, start
            container.mux(track.encode(frame))
        container.mux(track.encode(None))
    return file.getvalue()
