"""A drill passes exactly where the attack was answered in some time."""

from typing import Any

import pytest

from kept.errors import Invalid, Unverified
from kept.predicates.security_drill import SecurityDrill
from simulators import custody

MISSED = {"state": "failed", "answer": "none", "code": "", "seconds": None}


def test_it_reads_back() -> None:
    for fields in (custody.drill(), custody.drill(**MISSED), custody.drill(**{**MISSED, "state": "abandoned"})):
        made = SecurityDrill.of(**fields)
        made.check()
        assert SecurityDrill.parse(made.to_statement()) == made


@pytest.mark.parametrize("more", [{"state": "passed"}, {"answer": "noticed", "seconds": 1.0}])
def test_a_drill_that_was_missed_did_not_pass(more: dict[str, Any]) -> None:
    with pytest.raises(Unverified, match="its answer is"):
        SecurityDrill.of(**custody.drill(**{**MISSED, **more})).check()


@pytest.mark.parametrize(
    "more", [{"seconds": -1.0}, {"scenario": "A Thief"}, {"who": "alice"}, {"code": "it was late"}]
)
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        SecurityDrill.of(**custody.drill(**more))
