"""An alarm in the log says what broke which bound, and about whom only as a salted digest."""

from typing import Any

import pytest

from kept.errors import Invalid
from kept.predicates.insider_alarm import InsiderAlarm
from simulators import custody


def test_it_reads_back_and_its_subject_is_a_digest_of_the_person() -> None:
    made = InsiderAlarm.of(**custody.alarm())
    statement = made.to_statement()
    assert InsiderAlarm.parse(statement) == made
    assert statement.subjects[0].digest["sha256"] == custody.PERSON.removeprefix("sha256:")


@pytest.mark.parametrize(
    "more", [{"person": "alice"}, {"reasons": []}, {"reasons": ["He is odd"]}, {"bound": 1.5}, {"alarm": "1"}]
)
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        InsiderAlarm.of(**custody.alarm(**more))
