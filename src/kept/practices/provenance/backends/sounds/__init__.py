"""WAV, FLAC, MP3 and Ogg by libsndfile, M4A by FFmpeg: read and written as they came."""

from kept.errors import Invalid
from kept.practices.provenance.backends.sounds import ffmpeg, libsndfile
from kept.practices.provenance.backends.sounds.bounds import Bounds
from kept.practices.provenance.methods import media
from kept.practices.provenance.methods.sound.decoded import Sound

_M4A = "audio/mp4"


def read(data: bytes, media_type: str, *, limits: media.Limits = media.LIMITS) -> Sound:
    """The sound in the data, its length checked before a sample is decoded and, lest a header lies, while it is.

    Raises Invalid for what is mislabelled, too long, cut off before its first sample, damaged, encrypted or of a kind
    that isn't supported, and Unavailable where the package that reads it isn't installed.
    """
    name = media.check(data, media_type, limits)
    if not name.startswith("audio/"):
        raise Invalid(f"{name} is no sound.", code="sound.type", hint="Give it as what it is.")
    bounds = Bounds(min(limits.seconds, Bounds().seconds))
    return ffmpeg.read(data, bounds) if name == _M4A else libsndfile.read(data, name, bounds)


def write(sound: Sound, media_type: str) -> bytes:
    """The sound as a file of that type: as deep as it came, or of no less bits a second where the format loses some.

    Raises Invalid for a sound that the format can't hold, and Unavailable where the package that writes it is missing.
    """
    name = media.canonical(media_type)
    if not name.startswith("audio/"):
        raise Invalid(f"A sound can't be written as {name}.", code="sound.type", hint="Choose WAV or FLAC.")
    return ffmpeg.write(sound) if name == _M4A else libsndfile.write(sound, name)
