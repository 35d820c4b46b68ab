"""An acknowledgement says whether it was in time, as its times do, and names nobody."""

from typing import Any

import pytest

from kept.errors import Invalid
from kept.predicates.sharing_acknowledgement import SharingAcknowledgement
from simulators import sightings


def test_it_reads_back() -> None:
    made = SharingAcknowledgement.of(**sightings.acknowledgement())
    assert SharingAcknowledgement.parse(made.to_statement()) == made
    assert made.figures == {"in_time": True, "calls": 2}


@pytest.mark.parametrize(
    "more",
    [
        {"in_time": False},
        {"acknowledged": "2026-11-21T09:00:00Z"},
        {"acknowledged": "2026-11-20T09:00:00Z"},
        {"due": "2026-11-20T09:00:00Z"},
        {"channel": "gossip"},
        {"sender": "Acme"},
    ],
)
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        SharingAcknowledgement.of(**{**sightings.acknowledgement(), **more})
