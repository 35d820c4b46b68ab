"""Matching prompts against what peers shared: expressions, NOVA rules and sketches, in one frozen matcher."""

from kept.practices.sharing.methods.matching.budget import INSTRUCTIONS as INSTRUCTIONS
from kept.practices.sharing.methods.matching.matcher import LONGEST as LONGEST
from kept.practices.sharing.methods.matching.matcher import Matcher as Matcher
