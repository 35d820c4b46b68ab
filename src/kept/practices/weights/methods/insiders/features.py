"""What is counted of a person's day, and how each count is put into words."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["volume", "count"]


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing that is counted each day.

    A "volume" is compared as a ratio to the person's own level; a "count" is compared with how many of that day's
    accesses it would be by habit. `words` follows a number; `unit` divides the value for a reader.
    """

    name: str
    kind: Kind
    words: str
    unit: float = 1.0


FEATURES = (
    Feature("accesses", "volume", "accesses"),
    Feature("bytes", "volume", "GB read", 1e9),
    Feature("breadth", "volume", "different tensors or files"),
    Feature("exported", "volume", "GB exported", 1e9),
    Feature("late", "count", "accesses at hours unusual for this person"),
    Feature("new_files", "count", "files never opened before by this person"),
    Feature("refused", "count", "refusals"),
    Feature("new_hosts", "count", "accesses from a host never used before"),
    Feature("outside", "count", "accesses to what nobody of the same role opens for that purpose"),
    Feature("mutual", "count", "approvals between two who mostly approve each other"),
)
NAMES = tuple(feature.name for feature in FEATURES)
ACCESSES, BYTES, BREADTH, EXPORTED, LATE, NEW_FILES, REFUSED, NEW_HOSTS, OUTSIDE, MUTUAL = range(len(FEATURES))
VOLUMES = tuple(number for number, feature in enumerate(FEATURES) if feature.kind == "volume")
COUNTS = tuple(number for number, feature in enumerate(FEATURES) if feature.kind == "count")
