"""The scanner: what came from a user is found in a text before it is shared, and named with its place."""

from kept.practices.sharing.methods.scanning.finding import Finding as Finding
from kept.practices.sharing.methods.scanning.overlap import Overlap as Overlap
from kept.practices.sharing.methods.scanning.scan import scan as scan
