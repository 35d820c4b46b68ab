"""A fix names the model, the report and what was changed, and rests on replays before it."""

from typing import Any

import pytest

from kept.errors import Invalid
from kept.predicates.disclosure_fix import DisclosureFix
from simulators.disclosures import fix


def test_it_reads_back() -> None:
    made = DisclosureFix.of(**fix(evidence=(3, 5)))
    made.check()
    assert DisclosureFix.parse(made.to_statement()) == made
    assert made.sees == (3, 5)


@pytest.mark.parametrize(
    "more",
    [{"how": "magic"}, {"severity": "dire"}, {"days": -1.0}, {"report": "r-1"}, {"reporter": "Eve"}, {"version": " "}],
)
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        DisclosureFix.of(**fix(**more))
