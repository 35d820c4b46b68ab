"""Release reports: they say that a section is there where they bind a part of it, and nowhere else."""

import pytest

from kept.core.commitments import facts
from kept.core.statement import Statement
from kept.errors import Invalid
from kept.predicates.release_report import STATES, TYPE, ReleaseReport
from kept.predicates.written_part import SECTIONS

MODEL = "sha256:" + "ab" * 32
SIGNED = {"model": MODEL, "issued": "2026-11-22T07:30:00Z", "by": "provider"}
WHOLE = ReleaseReport.binding({section: at for at, section in enumerate(SECTIONS)}, **SIGNED)


def test_a_report_reads_back_and_states_what_the_promise_asks_for() -> None:
    assert ReleaseReport.parse(Statement.parse(WHOLE.to_statement().to_bytes())) == WHOLE
    fact = facts.extract(TYPE, WHOLE.to_statement().predicate, index=9, model=MODEL)
    assert {name: fact.fields[name] for name in (*STATES, "withdrawn")} == dict.fromkeys(STATES, True) | {
        "withdrawn": False
    }


@pytest.mark.parametrize(("name", "section"), STATES.items())
def test_without_a_section_the_report_does_not_state_it(name: str, section: str) -> None:
    parts = {each: at for at, each in enumerate(SECTIONS) if each != section}
    made = ReleaseReport.binding(parts, **SIGNED)
    assert not getattr(made, name)
    with pytest.raises(Invalid, match=name):
        ReleaseReport.of(**{**made.model_dump(), name: True})


@pytest.mark.parametrize(
    "change",
    [
        {"parts": ({"section": "capabilities", "index": 1}, {"section": "capabilities", "index": 2})},
        {"parts": ()},
        {"parts": ({"section": "praise", "index": 1},)},
        {"parts": ({"section": "capabilities", "index": -1},)},
        {"withdrawn": True},
        {"reason": "It needs none."},
        {"capabilities": "true"},
        {"model": ""},
    ],
    ids=repr,
)
def test_anything_else_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        ReleaseReport.of(**{**WHOLE.model_dump(), **change})


def test_a_report_is_withdrawn_with_a_reason_and_states_nothing() -> None:
    made = ReleaseReport.binding({}, **SIGNED, reason="A figure was wrong.")
    assert ReleaseReport.parse(made.to_statement()).withdrawn
    with pytest.raises(Invalid, match="binds nothing"):
        ReleaseReport.of(**{**WHOLE.model_dump(), "withdrawn": True, "reason": "A figure was wrong."})
