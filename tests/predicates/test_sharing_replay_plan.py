"""SharingReplayPlan reads back, names no partner, and is strict about what can't be."""

from typing import Any

import pytest

from kept.errors import Invalid
from kept.predicates.sharing_replay_plan import SharingReplayPlan
from simulators import sightings


def test_it_reads_back() -> None:
    made = SharingReplayPlan.of(**sightings.plan())
    assert SharingReplayPlan.parse(made.to_statement()) == made


@pytest.mark.parametrize(
    "more", [{"replay": "p-0123456789abcdef"}, {"attempts": 0}, {"pattern": "x"}, {"partner": "Acme"}]
)
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        SharingReplayPlan.of(**{**sightings.plan(), **more})
