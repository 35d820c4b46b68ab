"""Marks the frames of a film by one pattern that is the same in all of them, and adds up what frames show of it."""

from kept.practices.provenance.methods.video.finding import Watching
from kept.practices.provenance.methods.video.marking import Marker

__all__ = ["Marker", "Watching"]
