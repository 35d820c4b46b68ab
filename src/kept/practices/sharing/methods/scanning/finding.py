"""What the scanner finds."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that came from a user, or may have: what it is, and where, as a span of the text. Never its words."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Detector:
    """Something that is told by its shape, and by a check of what has that shape."""

    kind: str
    shape: re.Pattern[str]
    holds: Callable[[str], bool] = bool

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """The spans of all that has the shape and passes the check; of its group `it`, where there is one."""
        group = "it" if "it" in self.shape.groupindex else 0
        for found in self.shape.finditer(text):
            if self.holds(found[group]):
                yield found.span(group)
