"""Marks sounds and finds the marks again: keyed lines of a period of 1.37 s, under what the sound itself masks."""

from kept.practices.provenance.methods.sound.finding import detect
from kept.practices.provenance.methods.sound.marking import beginning, embed

__all__ = ["beginning", "detect", "embed"]
