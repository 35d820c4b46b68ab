"""What a marked film is written as: the codec, bit rate and tags of its picture."""

from typing import Any

from kept.practices.provenance.backends.videos.opening import Film

_CODECS = {
    "mp4": ("libx264", {"preset": "superfast"}),
    "mov": ("libx264", {"preset": "superfast"}),
    "webm": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "7", "row-mt": "1"}),
}
_KEPT_FORMATS = {
    "libx264": ("yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"),
    "libvpx-vp9": ("yuv420p", "yuv422p", "yuv444p"),
}
PLAIN = "yuv420p"
_LESS_EFFICIENT = {"hevc": 1.6, "av1": 1.8, "vp9": 1.5}
"""How many more bits H.264 takes for what these hold."""
_SPARE = 1.15
_LEAST, _MOST = 0.07, 0.6
"""Bits for each pixel of each frame: 1.9 Mb/s at least and 17 Mb/s at most for 720p at 30 frames a second."""
_NOT_COPIED = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration"}


def picture_format(film: Film, container: str) -> str:
    """The pixel format that frames are marked and written in: the film's own where the codec has it."""
    own = film.video.codec_context.pix_fmt
    return own if own in _KEPT_FORMATS[_CODECS[container][0]] else PLAIN


def bit_rate(film: Film) -> int:
    """Bits per second for the picture: those of the source and some more, within bounds for its size."""
    context = film.video.codec_context
    pixels = context.width * context.height * min(film.rate, 120.0)
    known = film.video.bit_rate if hasattr(film.video, "bit_rate") else None
    source = known or (film.bytes * 8 / film.seconds if film.seconds else 0)
    wanted = source * _SPARE * _LESS_EFFICIENT.get(context.name, 1.0)
    return int(max(min(wanted, _MOST * pixels), _LEAST * pixels))


def added_picture(out: Any, film: Film, container: str) -> Any:
    """The stream of the marked picture in `out`, with the size, times, shape, turn and colour tags of the source."""
    name, options = _CODECS[container]
    source = film.video.codec_context
    stream = out.add_stream(name, rate=film.video.average_rate or 25, options=dict(options))
    context = stream.codec_context
    context.width, context.height = source.width, source.height
    context.pix_fmt = picture_format(film, container)
    context.bit_rate = bit_rate(film)
    context.time_base = film.video.time_base
    context.thread_count = 0
    if source.sample_aspect_ratio:
        context.sample_aspect_ratio = source.sample_aspect_ratio
    for tag in ("color_range", "color_primaries", "color_trc", "colorspace"):
        setattr(context, tag, getattr(source, tag))
    stream.metadata.update(
        {name: value for name, value in film.video.metadata.items() if name in ("language", "title")}
    )
    return stream


def describe(out: Any, film: Film) -> None:
    """The film's own tags, as they stood in its file."""
    out.metadata.update({name: value for name, value in film.container.metadata.items() if name not in _NOT_COPIED})
