"""SharingChannel reads back, names no partner, and is strict about what can't be."""

from typing import Any

import pytest

from kept.errors import Invalid
from kept.predicates.sharing_channel import SharingChannel
from simulators import sightings


def test_it_reads_back() -> None:
    made = SharingChannel.of(**sightings.channel())
    assert SharingChannel.parse(made.to_statement()) == made


@pytest.mark.parametrize("more", [{"standard": "STIX 1"}, {"partners": -1}, {"active": "yes"}, {"partner": "Acme"}])
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        SharingChannel.of(**{**sightings.channel(), **more})
