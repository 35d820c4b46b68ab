"""An adoption says how many voted how, and no less than the rule asks for."""

from typing import Any

import pytest

from kept.errors import Invalid
from kept.predicates.sharing_adoption import SharingAdoption
from simulators import sightings


def test_it_reads_back() -> None:
    made = SharingAdoption.of(**sightings.adoption())
    assert SharingAdoption.parse(made.to_statement()) == made
    assert made.figures == {"yes": 3, "no": 1, "abstained": 0}


@pytest.mark.parametrize(
    "more", [{"yes": 0}, {"yes": 1}, {"no": 2}, {"members": 3}, {"members": 9}, {"kind": "song"}, {"voters": ["Acme"]}]
)
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        SharingAdoption.of(**{**sightings.adoption(), **more})
