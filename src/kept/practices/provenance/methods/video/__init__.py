"""Marks the frames of a film by one pattern that is the same in all of them, and adds up what frames show of it."""

from kept.errors import Unavailable

try:
    from kept.practices.provenance.methods.video.finding import Watching
    from kept.practices.provenance.methods.video.marking import Marker
except ImportError as error:
    raise Unavailable(
        "Films are marked and checked by OpenCV, which isn't installed.",
        code="provenance.no-opencv",
        hint="pip install 'kept[provenance]'",
    ) from error

__all__ = ["Marker", "Watching"]
