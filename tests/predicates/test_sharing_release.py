"""SharingRelease reads back, names no partner, and is strict about what can't be."""

from typing import Any

import pytest

from kept.errors import Invalid
from kept.predicates.sharing_release import SharingRelease
from simulators import sightings


def test_it_reads_back() -> None:
    made = SharingRelease.of(**sightings.release())
    assert SharingRelease.parse(made.to_statement()) == made


@pytest.mark.parametrize(
    "more",
    [
        {"items": 5},
        {"until": "2026-10-01T00:00:00Z"},
        {"shared": [{"kind": "gossip", "tlp": "red", "count": 4}]},
        {"partner": "Acme"},
        {"unanswered": [{"urgency": "prompt", "count": 1, "late": 2}]},
    ],
)
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        SharingRelease.of(**{**sightings.release(), **more})
